import { type ImportReport, importReportSchema } from '../../domain/import-report.ts';
import type { ContainerStore } from '../storage.ts';
import { JsonBlobs } from './blob-json.ts';

/** The records of imports of blobs that landed: `imports/{id}/report.json`. */
export class ImportRecords {
  readonly #blobs: JsonBlobs;

  constructor(container: ContainerStore) {
    this.#blobs = new JsonBlobs(container);
  }

  readReport(id: string): Promise<ImportReport | undefined> {
    return this.#blobs.read(`imports/${id}/report.json`, importReportSchema);
  }

  writeReport(report: ImportReport): Promise<void> {
    return this.#blobs.write(`imports/${report.id}/report.json`, report);
  }
}

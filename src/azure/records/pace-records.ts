import { addToPace, type Pace, paceSchema } from '../../domain/plan/pace.ts';
import type { TransferDocument } from '../../domain/transfer/transfer-document.ts';
import type { ContainerStore } from '../blobs/storage.ts';
import { JsonBlobs } from './blob-json.ts';

/** What cannot be read is forgotten: it is a hint, and must not keep a transfer from its report. */
const hintSchema = paceSchema.catch({ samples: [] });

/** How fast the routes were: `pace/{route}.json`, a small document for each. */
export class PaceRecords {
  readonly #blobs: JsonBlobs;

  constructor(container: ContainerStore) {
    this.#blobs = new JsonBlobs(container);
  }

  /** `undefined` while no transfer of the route has ended. */
  read(route: string): Promise<Pace | undefined> {
    return this.#blobs.read(`pace/${route}.json`, hintSchema);
  }

  /** Adds what a transfer's report tells of its route. Twice is once. */
  async add(report: TransferDocument): Promise<void> {
    await this.#blobs.update(`pace/${report.route}.json`, hintSchema, (found) => addToPace(found, report));
  }
}

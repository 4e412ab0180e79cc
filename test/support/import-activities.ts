import type { Services } from '../../src/activities/services.ts';
import type { PipelineRun } from '../../src/azure/arm/pipelines.ts';
import { type ReceiptStore, receiptStore } from '../../src/azure/blobs/receipts.ts';
import { ImportRecords } from '../../src/azure/records/import-records.ts';
import { type ImportDocument, newImport } from '../../src/domain/import/import-document.ts';
import {
  type ImportReceipt,
  importReceiptSchema,
  type Receipt,
  receiptNames,
} from '../../src/domain/receipt/receipt.ts';
import { type Route, routeSchema } from '../../src/domain/route/route.ts';
import { SAMPLE_ROUTE } from '../unit/domain/sample-route.ts';
import { memoryContainer } from './memory-container.ts';

export const DIGEST = `sha256:${'a'.repeat(64)}`;
export const ARCHIVE_NAME = 'far-b0001-a01.tar';
const MD5 = 'AAAAAAAAAAAAAAAAAAAAAA==';

/** A target in memory: records, receipts, runs and a registry, for the activities of an import. */
export interface ImportActivities {
  services: Services;
  imports: ImportRecords;
  receipts: ReceiptStore;
  /** What the registry has, by name. */
  registry: Map<string, string>;
  /** What runs say they imported, by the run's name. */
  imported: Map<string, string[]>;
  /** Keeps an import of the archive that is running. */
  begin(id: string, more?: Partial<ImportDocument>): Promise<void>;
  /** The target's receipt of the archive as it lies there. */
  answer(): Promise<ImportReceipt | undefined>;
}

/** `route`: keys that replace the sample route's. */
export function importActivities(route: Partial<Route> = {}): ImportActivities {
  const imports = new ImportRecords(memoryContainer());
  const receipts = receiptStore(memoryContainer());
  const registry = new Map<string, string>();
  const imported = new Map<string, string[]>();
  const parsed = routeSchema.parse({ ...SAMPLE_ROUTE, ...route });
  const side = {
    pipelines: {
      getRegistry: async () => ({ loginServer: 'r.azurecr.cn' }),
      getRun: async (name: string) => ({ run: runOf(name, imported.get(name)) }),
    },
    registry: async () => ({
      resolve: async (repository: string, reference: string) => {
        const digest = registry.get(`${repository}:${reference}`) ?? registry.get(`${repository}@${reference}`);
        return digest && { digest };
      },
    }),
  };
  const services = {
    imports,
    route: () => parsed,
    receipts: () => receipts,
    signer: () => undefined,
    side: () => side,
  };
  return {
    services: services as unknown as Services,
    imports,
    receipts,
    registry,
    imported,
    async begin(id, more = {}) {
      await imports.create({ ...importOf(id), ...more });
    },
    async answer() {
      const found = await receipts.read(receiptNames.importReceipt(ARCHIVE_NAME));
      return found && importReceiptSchema.parse(JSON.parse(found.text));
    },
  };
}

function runOf(name: string, importedArtifacts: string[] | undefined): PipelineRun {
  return { id: name, name, properties: { response: { status: 'Succeeded', importedArtifacts } } };
}

/** A running import of the archive. */
export function importOf(id: string): ImportDocument {
  const requestedAt = '2026-01-01T00:00:00.000Z';
  const place = { account: 'contosocn', container: 'transfer', etag: `"${id}"`, landedAt: requestedAt };
  const archive = { ...place, name: ARCHIVE_NAME, bytes: 10, md5: MD5 };
  const cause = { trigger: 'event', requestedBy: 'event', correlationId: 'c' } as const;
  return { ...newImport({ id, route: SAMPLE_ROUTE.name, archive, requestedAt, ...cause }), state: 'Running' };
}

/** The source's receipt of the archive, of these artifacts, all with {@link DIGEST}. */
export function receiptFor(artifacts: string[], archive: Partial<Receipt['archive']> = {}): Receipt {
  return {
    version: 1,
    transfer: 'far',
    route: 'r',
    batch: 'b0001',
    archive: { name: ARCHIVE_NAME, bytes: 10, md5: MD5, ...archive },
    catalogDigest: null,
    exportedAt: '2026-01-01T00:00:00Z',
    artifacts: artifacts.map((artifact) => {
      return { artifact, digest: DIGEST, mediaType: null, bytes: null, presence: 'confirmed' };
    }),
  };
}

import type { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import fc from 'fast-check';
import type { Services } from '../../../src/activities/services.ts';
import type { BlobProperties } from '../../../src/azure/blobs/storage.ts';
import { ImportRecords } from '../../../src/azure/records/import-records.ts';
import { TransferRecords } from '../../../src/azure/records/transfer-records.ts';
import { routeSchema } from '../../../src/domain/route/route.ts';
import { importLanded } from '../../../src/functions/blob-triggers.ts';
import { readBlobNames } from '../../../src/functions/landed-blob.ts';
import { FUZZ_TIMEOUT_MS, fuzzed } from '../../support/fuzz.ts';
import { memoryContainer } from '../../support/memory-container.ts';
import { SAMPLE_ROUTE } from '../domain/sample-route.ts';

const reference = (value: unknown) => ({ content: JSON.stringify(value) });

describe("the host's reference to a blob", () => {
  it('is read to two texts or refused with a TypeError that repeats nothing of it, whatever it is', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('c', ''));
    const almost = fc.record({ ContainerName: fc.oneof(text, fc.anything()), BlobName: fc.oneof(text, fc.anything()) });
    const data = fc.oneof(
      fc.anything(),
      fc.oneof(fc.anything(), fc.json()).map((content) => ({ content })),
      almost.map((value) => reference(value)),
      almost.map((value) => [reference(value)]),
    );
    fc.assert(
      fc.property(data, (given) => {
        try {
          const names = readBlobNames(given);
          expect([typeof names.container, typeof names.name]).toEqual(['string', 'string']);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          expect((error as Error).message).toContain('not understood');
        }
      }),
      fuzzed(2000),
    );
  });
});

const ARCHIVE = 'in/nightly.tar';

/** A target whose container holds one archive, an empty blob and a receipt; other names are not there. */
function newTarget() {
  const route = routeSchema.parse(SAMPLE_ROUTE);
  const blob = { contentMd5: 'AAAAAAAAAAAAAAAAAAAAAA==', etag: '"1"', metadata: {} };
  const properties = (sizeBytes: number) => ({ ...blob, sizeBytes, lastModified: new Date().toISOString() });
  const blobs = new Map<string, BlobProperties>([
    [ARCHIVE, properties(10)],
    ['empty.tar', properties(0)],
    ['x.receipt.json', properties(10)],
  ]);
  const asked: string[] = [];
  const pipeline = { properties: { source: {}, options: [], trigger: { sourceTrigger: { status: 'Enabled' } } } };
  const side = {
    container: {
      properties: async (name: string) => {
        asked.push(name);
        return blobs.get(name);
      },
    },
    pipelines: {
      getImportPipeline: async () => pipeline,
      async *listRuns() {},
    },
    settings: { container: route.target?.container },
  };
  const imports = new ImportRecords(memoryContainer());
  const transfers = new TransferRecords(memoryContainer());
  const services = { imports, transfers, side: () => side, route: () => route } as unknown as Services;
  const started: string[] = [];
  const client = {
    getStatus: async () => Promise.reject(new Error('none')),
    startNew: async (_: string, { instanceId }: { instanceId: string }) => void started.push(instanceId),
  } as unknown as DurableClient;
  const context = { invocationId: 'i', log: () => {} } as unknown as InvocationContext;
  return { route, services, imports, asked, started, client, context };
}

describe('an event of a blob, whatever it names', () => {
  const NAMES = [
    ARCHIVE,
    'empty.tar',
    'x.receipt.json',
    `../transfer/${ARCHIVE}`,
    `./${ARCHIVE}`,
    `in/../${ARCHIVE}`,
    '',
  ];
  const names = fc.oneof(
    fc.constantFrom(...NAMES),
    fc.string(),
    fc.webPath(),
    fc.string({ unit: 'binary', maxLength: 2000 }),
  );
  const containers = fc.oneof(fc.constantFrom('transfer', 'Transfer', 'other', ''), fc.string());

  it(
    'imports the archive that lies there under that very name, once, and nothing else',
    async () => {
      const told = fc.array(fc.record({ container: containers, name: names }), { minLength: 1, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(told, async (events) => {
          const { route, services, imports, asked, started, client, context } = newTarget();
          const trigger = { route, container: 'transfer' };
          for (const event of events) await importLanded(services, trigger, event, client, context);
          const isNamed = events.some(({ container, name }) => container === 'transfer' && name === ARCHIVE);
          const ids = [...(await imports.listIds())];
          expect(ids).toHaveLength(isNamed ? 1 : 0);
          for (const id of ids) expect(await imports.read(id)).toMatchObject({ archive: { name: ARCHIVE } });
          expect(new Set(started).size).toBe(ids.length);
          // Such a name is resolved on the way, and another blob would answer.
          expect(asked.filter((name) => /(^|\/)\.\.?(\/|$)/.test(name))).toEqual([]);
        }),
        fuzzed(500),
      );
    },
    FUZZ_TIMEOUT_MS,
  );
});

import { writeReceipt } from '../../../../src/activities/batch/write-receipt.ts';
import type { Services } from '../../../../src/activities/services.ts';
import { type ReceiptStore, receiptStore } from '../../../../src/azure/blobs/receipts.ts';
import { TransferRecords } from '../../../../src/azure/records/transfer-records.ts';
import { type FailureClass, TransferError } from '../../../../src/domain/errors.ts';
import { receiptSchema } from '../../../../src/domain/receipt/receipt.ts';
import { memoryContainer } from '../../../support/memory-container.ts';

const AT = '2026-01-01T00:00:00Z';
const ARCHIVE = 'abc-b0001-a01.tar';
const NAME = `${ARCHIVE}.receipt.json`;
const DIGEST = `sha256:${'a'.repeat(64)}`;
const INPUT = { transfer: 'abc', path: 'b0001', archive: ARCHIVE };
const EXPORT = { run: 'e', status: 'Succeeded', percentage: 100, startedAt: AT, finishedAt: AT, error: null };

type Side = 'source' | 'target';

interface World {
  serves?: 'both' | 'source';
  receipts?: 'required' | 'optional';
  /** Sides whose receipts answer with a failure of that class. */
  refused?: Partial<Record<Side, FailureClass>>;
  options?: string[];
  /** Digest under the tags in the source now. */
  found?: string;
}

function refusing(failure: FailureClass): ReceiptStore {
  const write = () => Promise.reject(new TransferError('refused', { class: failure, code: 'AuthorizationFailure' }));
  return { ...receiptStore(memoryContainer()), urlOf: (name) => name, write };
}

async function worldOf({ serves = 'both', receipts = 'optional', refused = {}, options = [], found = DIGEST }: World) {
  const transfers = new TransferRecords(memoryContainer());
  const stores = { source: openStore(refused.source), target: openStore(refused.target) };
  const open = { mediaType: null, bytes: 1, batch: 'b0001', outcome: null, failure: null };
  const artifacts = ['a:1', `b@${DIGEST}`].map((artifact) => ({ artifact, digest: DIGEST, ...open }));
  const settings = {
    continueOnErrors: true,
    overwrite: false,
    maxParallelBatches: 1,
    maxSplitRuns: 0,
    runTimeoutMinutes: 1,
    retry: { attempts: 1, firstDelaySeconds: 0, factor: 1, maxDelaySeconds: 0, jitter: 0 },
  };
  await transfers.createPlan({ transfer: 'abc', route: 'r', plannedAt: AT, settings, batches: 1, artifacts });
  await transfers.updateBatch('abc', 'b0001', (record) => ({ ...record, export: { ...EXPORT, catalogDigest: 'c' } }));
  const blob = { sizeBytes: 9, contentMd5: 'bWQ1', etag: '"1"', lastModified: AT, metadata: {} };
  const source = {
    settings: { container: 'https://s/c' },
    container: { properties: async () => blob, urlOf: (name: string) => name },
    registry: async () => ({ resolve: async () => ({ digest: found }) }),
    pipelines: { getExportPipeline: async () => ({ properties: { target: {}, options } }) },
  };
  const route = { name: 'r', serves, receipts, source: { registry: '/r', exportPipeline: 'p' }, receiptKeys: {} };
  const services = {
    transfers,
    route: () => route,
    side: () => source,
    receipts: (_: unknown, side: Side) => stores[side],
    signer: () => ({ sign: async (text: string) => `h..${text.length}` }),
  } as unknown as Services;
  return { services, stores, record: () => transfers.readBatch('abc', 'b0001') };
}

function openStore(failure: FailureClass | undefined): ReceiptStore {
  return failure ? refusing(failure) : { ...receiptStore(memoryContainer()), urlOf: (name) => `https://s/${name}` };
}

async function presencesIn(world: World) {
  const { services, stores } = await worldOf(world);
  await writeReceipt(services, INPUT);
  const found = await stores.source.read(NAME);
  return receiptSchema.parse(JSON.parse(found?.text ?? '')).artifacts.map(({ presence }) => presence);
}

describe('writeReceipt', () => {
  it('writes text and signature to the source, and shows where', async () => {
    const { services, stores, record } = await worldOf({});
    await writeReceipt(services, INPUT);
    const found = await stores.source.read(NAME);
    expect(found?.signature).toBe(`h..${found?.text.length}`);
    expect(JSON.parse(found?.text ?? '')).toMatchObject({
      archive: { name: ARCHIVE, bytes: 9, md5: 'bWQ1' },
      exportedAt: AT,
    });
    expect(await record()).toMatchObject({
      archive: { name: ARCHIVE, bytes: 9 },
      receipt: { url: `https://s/${NAME}`, signature: `https://s/${NAME}.jws`, error: null },
    });
    expect(await stores.target.read(NAME)).toBeUndefined();
  });

  it('writes the same to the target, where another app imports', async () => {
    const { services, stores } = await worldOf({ serves: 'source' });
    await writeReceipt(services, INPUT);
    await writeReceipt(services, INPUT);
    expect(await stores.target.read(NAME)).toMatchObject({ text: (await stores.source.read(NAME))?.text });
  });

  it('confirms by what the run and its pipeline say, and a tag only while it stays', async () => {
    expect(await presencesIn({})).toEqual(['confirmed', 'confirmed']);
    expect(await presencesIn({ options: ['continueOnErrors'] })).toEqual(['expected', 'expected']);
    expect(await presencesIn({ found: 'sha256:other' })).toEqual(['expected', 'confirmed']);
  });

  it.each<[World, 'thrown' | 'noted']>([
    [{ refused: { source: 'access' } }, 'noted'],
    [{ refused: { source: 'service' } }, 'noted'],
    [{ refused: { source: 'transient' } }, 'thrown'],
    [{ refused: { source: 'access' }, receipts: 'required' }, 'thrown'],
    [{ refused: { source: 'access' }, serves: 'source' }, 'thrown'],
    [{ refused: { target: 'access' }, serves: 'source' }, 'noted'],
    [{ refused: { target: 'access' }, serves: 'source', receipts: 'required' }, 'thrown'],
  ])('with %j: what was refused is %s', async (world, what) => {
    const { services, record } = await worldOf(world);
    const written = writeReceipt(services, INPUT);
    if (what === 'thrown') await expect(written).rejects.toMatchObject({ code: 'AuthorizationFailure' });
    else await written;
    const error = what === 'noted' ? { code: 'AuthorizationFailure' } : undefined;
    expect((await record())?.receipt?.error ?? undefined).toEqual(error && expect.objectContaining(error));
  });
});

import { splitBatch } from '../../../../src/activities/batch/split-batch.ts';
import type { Services } from '../../../../src/activities/services.ts';
import { TransferRecords } from '../../../../src/azure/records/transfer-records.ts';
import { memoryContainer } from '../../../support/memory-container.ts';

const NAMES = ['b:1', 'c:1', 'a:1', 'd:1'];
const BATCH = { transfer: 'abc', path: 'b0001' };

async function world() {
  const transfers = new TransferRecords(memoryContainer());
  const settings = {
    continueOnErrors: true,
    overwrite: false,
    maxParallelBatches: 1,
    maxSplitRuns: 2,
    runTimeoutMinutes: 1,
    retry: { attempts: 1, firstDelaySeconds: 0, factor: 1, maxDelaySeconds: 0, jitter: 0 },
  };
  const open = { digest: `sha256:${'1'.repeat(64)}`, mediaType: null, bytes: 1, outcome: null, failure: null };
  const artifacts = NAMES.map((artifact) => ({ ...open, artifact, batch: BATCH.path }));
  const plan = { transfer: 'abc', route: 'r', plannedAt: '2026-01-01T00:00:00Z', settings, batches: 1, artifacts };
  await transfers.createPlan(plan);
  const services = { transfers } as unknown as Services;
  const holds = async (path: string) => (await transfers.readBatch('abc', path))?.artifacts;
  return { transfers, services, holds };
}

describe('splitBatch', () => {
  it('deals what is open out by name, the same when it runs twice, and is done with the batch', async () => {
    const { transfers, services, holds } = await world();
    const outcome = { outcome: 'Transferred', attempt: null, verifiedDigest: null } as const;
    await transfers.updateBatch('abc', BATCH.path, (record) => ({ ...record, outcomes: { 'c:1': outcome } }));
    for (let times = 0; times < 2; times++) {
      await splitBatch(services, { ...BATCH, division: 'Halves' });
      expect([await holds('b0001l'), await holds('b0001r')]).toEqual([['a:1', 'b:1'], ['d:1']]);
    }
    expect(await transfers.readBatch('abc', BATCH.path)).toMatchObject({ step: 'Done' });
  });

  it('gives the second half what the first does not hold, however an earlier version had dealt it out', async () => {
    const { transfers, services, holds } = await world();
    await transfers.updateBatch('abc', 'b0001l', (record) => ({ ...record, artifacts: ['b:1', 'c:1'] }));
    await splitBatch(services, { ...BATCH, division: 'Halves' });
    expect([await holds('b0001l'), await holds('b0001r')]).toEqual([
      ['b:1', 'c:1'],
      ['a:1', 'd:1'],
    ]);
  });
});

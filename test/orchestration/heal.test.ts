import { batchOrchestrator } from '../../src/orchestrators/batch.ts';
import { transferOrchestrator } from '../../src/orchestrators/transfer.ts';
import { answers, ok, refused } from './answers.ts';
import { namesOf, run, type Stepper } from './stepper.ts';

const EXPIRED = refused({ class: 'access', code: 'SAS_EXPIRED', side: 'source' });
const BROKEN = ok({ decision: { state: 'Broken', code: 'SAS_EXPIRED', reason: 'over' }, newestVersion: 'v1' });
const PUBLISHED = ok({ published: true, expiresAt: '2026-01-07T00:00:00Z' });
const RETRY = { attempts: 3, firstDelaySeconds: 1, factor: 2, maxDelaySeconds: 10, jitter: 0 };
const BEGUN = ok({
  route: 'a',
  stopped: false,
  runTimeoutMs: 60_000,
  retry: RETRY,
  continueOnErrors: true,
  maxSplitRuns: 40,
});
const SETTLED = ok({ open: 0, arrived: 1, failed: 0, stopped: false });
const EXPORTED = ok({ catalogDigest: 'sha256:1' });
const BATCH = { transfer: 't-1', path: 'b0001' };

/** What the first call of that name was given. */
function inputOf(stepper: Stepper, name: string): unknown {
  return stepper.calls.find((call) => call.name === name)?.input;
}

describe('a batch whose export fails for its SAS token', () => {
  it('rotates the token and tries again at once, as a new attempt', () => {
    const table = {
      beginBatch: BEGUN,
      pipelineRun: [EXPIRED, EXPORTED, ok({ catalogDigest: null })],
      inspectSas: BROKEN,
      publishSas: PUBLISHED,
      recordAttempt: ok(null),
      copyArchive: ok(null),
      settleBatch: SETTLED,
    };
    const stepper = run(batchOrchestrator, BATCH, answers(table));
    expect(namesOf(stepper)).toEqual([
      'beginBatch',
      'pipelineRun',
      'inspectSas',
      'publishSas',
      'recordAttempt',
      'timer',
      'pipelineRun',
      'copyArchive',
      'pipelineRun',
      'settleBatch',
    ]);
    expect(inputOf(stepper, 'inspectSas')).toEqual({ route: 'a', side: 'source' });
  });

  it('does so once: the second such failure is final', () => {
    const table = {
      beginBatch: BEGUN,
      pipelineRun: [EXPIRED, EXPIRED],
      inspectSas: BROKEN,
      publishSas: PUBLISHED,
      recordAttempt: ok(null),
      settleBatch: SETTLED,
    };
    const stepper = run(batchOrchestrator, BATCH, answers(table));
    expect(namesOf(stepper).filter((name) => name === 'publishSas')).toHaveLength(1);
    expect(inputOf(stepper, 'settleBatch')).toMatchObject({
      failed: { step: 'Export', failure: { code: 'SAS_EXPIRED' } },
    });
  });

  it('gives up at once where the token cannot be replaced', () => {
    const pinned = ok({
      decision: { state: 'Failed', code: 'SECRET_VERSION_PINNED', reason: 'pinned' },
      newestVersion: 'v1',
    });
    const table = { beginBatch: BEGUN, pipelineRun: EXPIRED, inspectSas: pinned, settleBatch: SETTLED };
    const stepper = run(batchOrchestrator, BATCH, answers(table));
    expect(namesOf(stepper)).toEqual(['beginBatch', 'pipelineRun', 'inspectSas', 'settleBatch']);
  });
});

describe('a transfer whose preflight finds broken tokens', () => {
  const begun = ok({ ended: false, route: 'a', pages: 0 });
  const planned = ok({ batches: 0, maxParallelBatches: 2, stopped: false });
  const report = ok({ state: 'Succeeded' });

  it('replaces the token of each side once and goes on', () => {
    const target = refused({ class: 'access', code: 'SECRET_MISSING', side: 'target' });
    const table = {
      beginTransfer: begun,
      preflightRoute: [EXPIRED, target, ok(null)],
      inspectSas: BROKEN,
      publishSas: PUBLISHED,
      planTransfer: planned,
      writeReport: report,
    };
    const stepper = run(transferOrchestrator, 't-1', answers(table));
    const sides = stepper.calls.filter(({ name }) => name === 'publishSas').map(({ input }) => input);
    expect(sides).toMatchObject([{ side: 'source' }, { side: 'target' }]);
    expect(inputOf(stepper, 'writeReport')).toEqual({ transfer: 't-1', error: null });
  });

  it('ends with the failure when replacing does not help', () => {
    const table = {
      beginTransfer: begun,
      preflightRoute: EXPIRED,
      inspectSas: BROKEN,
      publishSas: PUBLISHED,
      writeReport: ok({ state: 'Failed' }),
    };
    const stepper = run(transferOrchestrator, 't-1', answers(table));
    expect(namesOf(stepper).filter((name) => name === 'preflightRoute')).toHaveLength(3);
    expect(inputOf(stepper, 'writeReport')).toMatchObject({ error: { code: 'SAS_EXPIRED' } });
  });

  it('does not rotate for a fault that rotating does not mend', () => {
    const gone = refused({ class: 'service', code: 'CONTAINER_NOT_FOUND', side: 'source' });
    const table = { beginTransfer: begun, preflightRoute: gone, writeReport: ok({ state: 'Failed' }) };
    expect(namesOf(run(transferOrchestrator, 't-1', answers(table)))).toEqual([
      'beginTransfer',
      'preflightRoute',
      'writeReport',
    ]);
  });
});

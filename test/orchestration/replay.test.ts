import type { OrchestrationHandler } from 'durable-functions';
import fc from 'fast-check';
import { planCopy } from '../../src/domain/plan/copy-plan.ts';
import { autoImportOrchestrator } from '../../src/orchestrators/auto-import.ts';
import { awaitResumeOrchestrator } from '../../src/orchestrators/await-resume.ts';
import { batchOrchestrator } from '../../src/orchestrators/batch.ts';
import { copyArchiveOrchestrator } from '../../src/orchestrators/copy-archive.ts';
import { deleteTransferOrchestrator } from '../../src/orchestrators/delete-transfer.ts';
import { pipelineRunOrchestrator } from '../../src/orchestrators/pipeline-run.ts';
import { rotateSasOrchestrator } from '../../src/orchestrators/rotate-sas.ts';
import { segmentOrchestrator } from '../../src/orchestrators/segment.ts';
import { transferOrchestrator } from '../../src/orchestrators/transfer.ts';
import { answers, BUSY, ok, refused, runState } from './answers.ts';
import { replay } from './replay.ts';
import { run, type Stepper } from './stepper.ts';

const RETRY = { attempts: 3, firstDelaySeconds: 30, factor: 2, maxDelaySeconds: 600, jitter: 0 };
const SETTINGS = {
  stopped: false,
  runTimeoutMs: 60_000,
  retry: RETRY,
  continueOnErrors: true,
  maxSplitRuns: 40,
};
const BEGUN = ok(SETTINGS);
const BATCH = { transfer: 'abc', path: 'b0001' };
const RUN_INPUT = {
  owner: { kind: 'batch', ...BATCH },
  direction: 'export',
  key: { id: 'abc', path: 'b0001', attempt: 1 },
  archive: 'abc-b0001-a01.tar',
  catalogDigest: null,
  timeoutMs: 3_600_000,
};
const TRANSFER = {
  beginTransfer: ok({ ended: false, pages: 2 }),
  preflightRoute: [BUSY, ok(null)],
  resolveArtifacts: ok(null),
  planTransfer: ok({ batches: 45, maxParallelBatches: 4, stopped: false }),
  segment: { stopped: false },
  writeReport: ok({ state: 'Succeeded' }),
};

function lost(): never {
  throw new Error('lost');
}

type Scenario = [string, OrchestrationHandler, unknown, Record<string, unknown>];

const SCENARIOS: Scenario[] = [
  ['transfer', transferOrchestrator, 'abc', TRANSFER],
  ['transfer whose segments are lost', transferOrchestrator, 'abc', { ...TRANSFER, segment: lost }],
  ['transfer without a report', transferOrchestrator, 'abc', { ...TRANSFER, writeReport: refused() }],
  ['segment', segmentOrchestrator, { transfer: 'abc', first: 1, last: 9, window: 3 }, { batch: { stopped: false } }],
  [
    'batch',
    batchOrchestrator,
    BATCH,
    {
      beginBatch: BEGUN,
      pipelineRun: [BUSY, ok({ catalogDigest: 'sha256:c' }), BUSY, ok({ catalogDigest: null })],
      copyArchive: ok(null),
      recordAttempt: ok(null),
      settleBatch: ok({ open: 0, arrived: 3, failed: 0, stopped: false }),
    },
  ],
  ...(['Copy', 'Export'] as const).map(
    (reach): Scenario => [
      `batch that is handed over after its ${reach}`,
      batchOrchestrator,
      BATCH,
      {
        beginBatch: ok({ ...SETTINGS, reach, receipts: 'required' }),
        pipelineRun: [BUSY, ok({ catalogDigest: 'sha256:c' })],
        writeReceipt: [BUSY, ok(null)],
        copyArchive: ok(null),
        handOver: [lost, ok(null)],
        recordAttempt: ok(null),
        settleBatch: ok({ open: 0, arrived: 3, failed: 0, stopped: false }),
      },
    ],
  ),
  [
    'batch that is split',
    batchOrchestrator,
    BATCH,
    {
      beginBatch: BEGUN,
      pipelineRun: refused({ code: 'RUN_FAILED' }),
      recordAttempt: ok(null),
      settleBatch: ok({ open: 50, arrived: 0, failed: 0, stopped: false }),
      splitBatch: ok(null),
    },
  ],
  ['pipelineRun', pipelineRunOrchestrator, RUN_INPUT, { startRun: [lost], readRun: runState('Succeeded') }],
  [
    'pipelineRun that is polled',
    pipelineRunOrchestrator,
    RUN_INPUT,
    { startRun: runState('Running'), readRun: [runState('Running'), BUSY, runState('Succeeded')] },
  ],
  [
    'pipelineRun that starts anew',
    pipelineRunOrchestrator,
    RUN_INPUT,
    { startRun: runState('Running'), readRun: runState('Running') },
  ],
  [
    'pipelineRun that waits for a slot',
    pipelineRunOrchestrator,
    { ...RUN_INPUT, slots: { registry: '0f', limit: 1 } },
    {
      'registryslots.take': [lost, { granted: false }, { granted: true }],
      startRun: runState('Running', { retryAfterMs: 500_000 }),
      readRun: [runState('Running'), runState('Succeeded')],
    },
  ],
  [
    'pipelineRun that starts anew in the queue',
    pipelineRunOrchestrator,
    { ...RUN_INPUT, slots: { registry: '0f', limit: 1 } },
    { 'registryslots.take': { granted: false }, readControl: [ok(null), ok('Paused'), ok(null)] },
  ],
  [
    'copyArchive',
    copyArchiveOrchestrator,
    { ...BATCH, archive: 'a.tar' },
    {
      beginCopy: ok(planCopy('server', 300 * 1024 * 1024, '"e"')),
      copySlice: [ok(null), BUSY, ok(null)],
      commitCopy: ok(null),
    },
  ],
  [
    'autoImport',
    autoImportOrchestrator,
    { importId: '0f' },
    {
      beginImport: ok({ route: 'a', archive: 'b', attempt: 1, runTimeoutMs: 1, retry: RETRY }),
      lookAtImport: [ok({ step: 'Wait', delayMs: 1 }), BUSY, ok({ step: 'Claim' }), ok({ step: 'Import' })],
      claimBlob: ok({ claimed: true }),
      pipelineRun: [lost, BUSY, ok({ catalogDigest: null })],
      findOtherRuns: ok({ runs: ['a_b'] }),
      verifyImport: ok(null),
      endImport: ok({ state: 'Succeeded', reason: null }),
    },
  ],
  ['awaitResume', awaitResumeOrchestrator, { transfer: 'abc' }, { readControl: [ok('Paused'), BUSY, ok(null)] }],
  ['awaitResume that starts anew', awaitResumeOrchestrator, { transfer: 'abc' }, { readControl: ok('Paused') }],
  [
    'batch that is paused, then canceled',
    batchOrchestrator,
    BATCH,
    {
      beginBatch: ok({ stopped: false, runTimeoutMs: 60_000, retry: RETRY }),
      readControl: [ok('Paused'), ok('Canceled')],
      awaitResume: ok(null),
      pipelineRun: ok({ catalogDigest: null }),
      settleBatch: ok({ failed: 0, stopped: false }),
    },
  ],
  [
    'deleteTransfer',
    deleteTransferOrchestrator,
    { transfer: 'abc', archives: true, runs: true, record: true },
    {
      beginDelete: ok({ pages: 2 }),
      deleteArchives: [BUSY, ok(null)],
      deleteRuns: ok(null),
      purgeInstances: ok(null),
      deleteRecord: ok(null),
    },
  ],
  [
    'rotateSas',
    rotateSasOrchestrator,
    { route: 'a', side: 'source' },
    { inspectSas: ok({ state: 'Due', reason: 'soon' }), publishSas: [BUSY, ok({ published: true, expiresAt: 'x' })] },
  ],
];

/** What was asked for and what came of it, without the texts of errors, which the package words its own way. */
function storyOf({
  calls,
  output,
  continuedWith,
  error,
}: Pick<Stepper, 'calls' | 'output' | 'continuedWith' | 'error'>) {
  const text = JSON.stringify({ calls, output, continuedWith, failed: error !== undefined });
  return JSON.parse(text.replace(/lost[^"]*/g, 'lost')) as unknown;
}

describe('the real replay', () => {
  it.each(SCENARIOS)('of %s does what the stepped one does', async (_, orchestrator, input, table) => {
    const replayed = await replay(orchestrator, input, answers(table));
    expect(storyOf(replayed)).toEqual(storyOf(run(orchestrator, input, answers(table))));
  });

  it('of a transfer fails with a message that names it, when no report can be written', async () => {
    const { error } = await replay(transferOrchestrator, 'abc', answers({ ...TRANSFER, writeReport: refused() }));
    expect(error?.message).toContain('report of abc: BROKEN');
  });

  it('of a pipelineRun has a history that does not grow with the run', async () => {
    const table = { startRun: runState('Running'), readRun: runState('Running') };
    const first = await replay(pipelineRunOrchestrator, RUN_INPUT, answers(table));
    expect(first.continuedWith).toMatchObject({ key: RUN_INPUT.key, startedAt: '2026-01-01T00:00:00.000Z' });
    const second = await replay(pipelineRunOrchestrator, first.continuedWith, answers(table));
    expect(second.historyLength).toBeLessThanOrEqual(first.historyLength);
  });
});

describe('the sliding window, on a host that starts again whatever it is told', () => {
  it('starts each batch once, keeps the window full and never overfull, whichever batch ends first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat({ max: 100 }), { minLength: 12, maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        async (window, picks, losses) => {
          let answered = 0;
          const { calls, output } = await replay(
            segmentOrchestrator,
            { transfer: 'abc', first: 1, last: 12, window },
            (call) => (losses[Number(call.instanceId?.slice(-2)) - 1] ? lost() : { stopped: false }),
            {
              pick: () => picks[answered++] ?? 0,
              watch: (open) => expect(open).toHaveLength(Math.min(window, 12 - answered)),
            },
          );
          expect(calls.map(({ instanceId }) => instanceId)).toEqual(
            Array.from({ length: 12 }, (_, index) => `batch:abc:b00${String(index + 1).padStart(2, '0')}`),
          );
          expect(output).toEqual({ stopped: false });
        },
      ),
      { numRuns: 20 },
    );
  });

  it('starts each segment once', async () => {
    const { calls, output } = await replay(transferOrchestrator, 'abc', answers(TRANSFER), {
      pick: (open) => open.length - 1,
    });
    const segments = calls.flatMap(({ name, instanceId }) => (name === 'segment' ? [instanceId] : []));
    expect(segments).toEqual(['segment:abc:1', 'segment:abc:2', 'segment:abc:3']);
    expect(output).toBe('Succeeded');
  });

  it('awaits what runs after a batch was stopped', async () => {
    const { calls, output } = await replay(
      segmentOrchestrator,
      { transfer: 'abc', first: 1, last: 12, window: 3 },
      (call) => ({ stopped: call.instanceId?.endsWith('b0002') }),
      { pick: () => 1 },
    );
    expect(calls).toHaveLength(3);
    expect(output).toEqual({ stopped: true });
  });
});

import { batchOrchestrator } from '../../src/orchestrators/batch.ts';
import { answers, BUSY, ok, refused } from './answers.ts';
import { namesOf, run, type Stepper } from './stepper.ts';

const BATCH = { transfer: 'abc', path: 'b0001' };
const RETRY = { attempts: 3, firstDelaySeconds: 30, factor: 2, maxDelaySeconds: 600, jitter: 0 };
const SETTINGS = { stopped: false, runTimeoutMs: 60_000, retry: RETRY, continueOnErrors: true, maxSplitRuns: 40 };

function inputsOf(stepper: Stepper, name: string): unknown[] {
  return stepper.calls.filter((call) => call.name === name).map(({ input }) => input);
}

describe.each([
  ['Import', ['writeReceipt', 'copyArchive', 'pipelineRun', 'settleBatch']],
  ['Copy', ['writeReceipt', 'copyArchive', 'handOver', 'settleBatch']],
  ['Export', ['writeReceipt', 'handOver', 'settleBatch']],
] as const)('a batch of an app that reaches as far as %s', (reach, steps) => {
  const archive = 'abc-b0001-a01.tar';

  function begun(receipts: 'optional' | 'required', more: Record<string, unknown> = {}) {
    return answers({
      beginBatch: ok({ ...SETTINGS, reach, receipts }),
      pipelineRun: ok({ catalogDigest: 'sha256:c' }),
      copyArchive: ok(null),
      writeReceipt: ok(null),
      handOver: ok(null),
      recordAttempt: ok(null),
      settleBatch: ok({ open: 0, arrived: 3, failed: 0, stopped: false }),
      ...more,
    });
  }

  it('writes the receipt before it goes on', () => {
    const stepper = run(batchOrchestrator, BATCH, begun('optional'));
    expect(namesOf(stepper)).toEqual(['beginBatch', 'pipelineRun', ...steps]);
    expect(inputsOf(stepper, 'writeReceipt')).toEqual([{ ...BATCH, archive }]);
    expect(inputsOf(stepper, 'settleBatch')).toMatchObject([{ failed: null }]);
  });

  it('goes no further without a receipt that is waited for', () => {
    const failed = refused({ code: 'KeyNotFound' });
    for (const receipts of ['optional', 'required'] as const) {
      const stepper = run(batchOrchestrator, BATCH, begun(receipts, { writeReceipt: failed }));
      const isFree = receipts === 'optional' && reach === 'Import';
      expect(namesOf(stepper)).toEqual([
        'beginBatch',
        'pipelineRun',
        ...(isFree ? steps : ['writeReceipt', 'settleBatch']),
      ]);
      const report = { step: 'Copy', run: null, failure: { code: 'KeyNotFound' } };
      expect(inputsOf(stepper, 'settleBatch')).toMatchObject([{ failed: isFree ? null : report }]);
    }
  });

  it('tries a receipt again for as long as an outage lasts, without a new export', () => {
    const stepper = run(
      batchOrchestrator,
      BATCH,
      begun('required', { writeReceipt: [BUSY, BUSY, BUSY, BUSY, ok(null)] }),
    );
    expect(inputsOf(stepper, 'writeReceipt').length).toBe(5);
    expect(inputsOf(stepper, 'pipelineRun')).toHaveLength(reach === 'Import' ? 2 : 1);
  });
});

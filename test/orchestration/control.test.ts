import { planCopy } from '../../src/domain/plan/copy-plan.ts';
import { CANCELED, STOPPED } from '../../src/domain/transfer/control.ts';
import { awaitResumeOrchestrator } from '../../src/orchestrators/await-resume.ts';
import { batchOrchestrator } from '../../src/orchestrators/batch.ts';
import { copyArchiveOrchestrator } from '../../src/orchestrators/copy-archive.ts';
import { workPagesOrchestrator } from '../../src/orchestrators/pages.ts';
import { transferOrchestrator } from '../../src/orchestrators/transfer.ts';
import { answers, BUSY, ok, refused } from './answers.ts';
import { type Call, namesOf, run, Stepper } from './stepper.ts';

const BATCH = { transfer: 'abc', path: 'b0001' };
const RETRY = { attempts: 3, firstDelaySeconds: 30, factor: 2, maxDelaySeconds: 600, jitter: 0 };

const BEGUN = {
  route: 'a',
  stopped: false,
  runTimeoutMs: 60_000,
  retry: RETRY,
  continueOnErrors: true,
  maxSplitRuns: 40,
};

function table(readControl: unknown[], more: Record<string, unknown> = {}) {
  return answers({
    beginBatch: ok(BEGUN),
    readControl,
    pipelineRun: ok({ catalogDigest: null }),
    copyArchive: ok(null),
    recordAttempt: ok(null),
    settleBatch: ok({ open: 0, arrived: 0, failed: 0, stopped: false }),
    ...more,
  });
}

function inputsOf(stepper: Stepper, name: string): unknown[] {
  return stepper.calls.filter((call) => call.name === name).map(({ input }) => input);
}

describe('a batch', () => {
  it.each([
    ['Export', 0, []],
    ['Copy', 1, ['pipelineRun']],
    ['Import', 2, ['pipelineRun', 'copyArchive']],
  ] as const)('of a transfer that was canceled before %s begins no further step, and settles', (step, before, done) => {
    const stepper = run(batchOrchestrator, BATCH, table([...Array(before).fill(ok(null)), ok('Canceled')]));
    expect(stepper.calls.filter(({ kind }) => kind === 'child').map(({ name }) => name)).toEqual(done);
    expect(inputsOf(stepper, 'settleBatch')).toEqual([
      { ...BATCH, when: 'After', failed: { step, run: null, failure: CANCELED } },
    ]);
  });

  it('waits out minutes in which nobody can tell whether the next step may begin', () => {
    const stepper = run(batchOrchestrator, BATCH, table([...Array(10).fill(BUSY), ok(null)]));
    expect(stepper.calls.filter(({ kind }) => kind === 'child').map(({ name }) => name)).toEqual([
      'pipelineRun',
      'copyArchive',
      'pipelineRun',
    ]);
    expect(inputsOf(stepper, 'settleBatch')).toMatchObject([{ failed: null }]);
  });

  it('does not try again what failed, when the transfer was canceled meanwhile', () => {
    const stepper = run(batchOrchestrator, BATCH, table([ok(null), ok('Canceled')], { pipelineRun: BUSY }));
    expect(inputsOf(stepper, 'pipelineRun')).toHaveLength(1);
    expect(inputsOf(stepper, 'settleBatch')).toMatchObject([{ failed: { failure: CANCELED } }]);
  });

  it('notices within a minute that it was canceled while it waits to try again', () => {
    const retry = { ...RETRY, firstDelaySeconds: 600 };
    const begun = ok({ ...BEGUN, retry });
    const canceled = table([ok(null), ok(null), ok('Canceled')], { beginBatch: begun, pipelineRun: BUSY });
    const stepper = run(batchOrchestrator, BATCH, canceled);
    const waits = stepper.calls.filter(({ kind }) => kind === 'timer').map(({ delayMs }) => delayMs);
    expect(waits).toEqual([60_000, 60_000]);
    expect(inputsOf(stepper, 'settleBatch')).toMatchObject([{ failed: { failure: CANCELED } }]);
  });

  it('waits as long as the retry policy says when nothing is asked', () => {
    const retry = { ...RETRY, attempts: 2, firstDelaySeconds: 150 };
    const begun = ok({ ...BEGUN, retry });
    const stepper = run(batchOrchestrator, BATCH, table([ok(null)], { beginBatch: begun, pipelineRun: BUSY }));
    const waits = stepper.calls.filter(({ kind }) => kind === 'timer').map(({ delayMs }) => delayMs);
    expect(waits).toEqual([60_000, 60_000, 30_000]);
  });

  it('waits through a pause in a child, and goes on where it was', () => {
    const paused = table([ok(null), ok('Paused'), ok(null)], { awaitResume: ok(null) });
    const stepper = run(batchOrchestrator, BATCH, paused);
    const children = stepper.calls.filter(({ kind }) => kind === 'child');
    expect(children.map(({ name }) => name)).toEqual(['pipelineRun', 'awaitResume', 'copyArchive', 'pipelineRun']);
    expect(children[1]).toMatchObject({ input: { transfer: 'abc' }, instanceId: 'pause:abc:abc-b0001-a01.tar-Copy:1' });
  });

  it('ends when it is canceled while it is paused', () => {
    const stepper = run(batchOrchestrator, BATCH, table([ok('Paused')], { awaitResume: ok('Canceled') }));
    expect(namesOf(stepper)).toEqual(['beginBatch', 'awaitResume', 'settleBatch']);
  });

  it('of a transfer that stopped at a failure while it waited for a slot settles, and says that no other may begin', () => {
    const begun = ok({ ...BEGUN, continueOnErrors: false });
    const stepper = run(
      batchOrchestrator,
      BATCH,
      table([ok(null)], { beginBatch: begun, pipelineRun: refused(STOPPED) }),
    );
    expect(namesOf(stepper)).toEqual(['beginBatch', 'pipelineRun', 'settleBatch']);
    expect(inputsOf(stepper, 'settleBatch')).toMatchObject([{ when: 'Last', failed: { failure: STOPPED } }]);
    expect(stepper.output).toEqual({ stopped: true });
  });

  it('of a transfer that stopped while it was paused before its first run does not begin', () => {
    const begun = ok({ ...BEGUN, continueOnErrors: false });
    const stepper = run(
      batchOrchestrator,
      BATCH,
      table([ok('Paused')], { beginBatch: begun, awaitResume: ok('Stopped') }),
    );
    expect(namesOf(stepper)).toEqual(['beginBatch', 'awaitResume', 'settleBatch']);
    expect(inputsOf(stepper, 'settleBatch')).toMatchObject([
      { failed: { step: 'Export', run: null, failure: STOPPED } },
    ]);
  });

  it('of a transfer that stopped when it had begun goes on to its end', () => {
    const begun = ok({ ...BEGUN, continueOnErrors: false });
    const stopped = table([ok(null), ok('Stopped')], {
      beginBatch: begun,
      pipelineRun: [BUSY, ok({ catalogDigest: null })],
    });
    const stepper = run(batchOrchestrator, BATCH, stopped);
    expect(inputsOf(stepper, 'pipelineRun')).toHaveLength(3);
    expect(inputsOf(stepper, 'settleBatch')).toMatchObject([{ failed: null }]);
  });

  it('settles with the failure to read the control', () => {
    const stepper = run(batchOrchestrator, BATCH, table([refused({ code: 'AuthorizationFailure' })]));
    expect(inputsOf(stepper, 'settleBatch')).toMatchObject([{ failed: { failure: { code: 'AuthorizationFailure' } } }]);
  });
});

describe('copyArchiveOrchestrator', () => {
  it('drops what was staged when the transfer is canceled', () => {
    const input = { ...BATCH, archive: 'a.tar' };
    const plan = planCopy('server', 300 * 1024 * 1024, '"e"');
    const canceled = { ok: false, failure: CANCELED };
    const stepper = run(
      copyArchiveOrchestrator,
      input,
      answers({ beginCopy: ok(plan), copySlice: [ok(null), canceled], discardCopy: ok(null) }),
    );
    expect(namesOf(stepper)).toEqual(['beginCopy', 'copySlice', 'copySlice', 'discardCopy']);
    expect(inputsOf(stepper, 'discardCopy')).toEqual([input]);
    expect(stepper.output).toEqual(canceled);
  });
});

describe('transferOrchestrator', () => {
  const begun = { beginTransfer: ok({ ended: false, route: 'a', pages: 2 }), preflightRoute: ok(null) };

  it('that is canceled while it resolves goes to its report, without a failure', () => {
    const resolveArtifacts = [ok(null), ok('Canceled')];
    const stepper = run(
      transferOrchestrator,
      'abc',
      answers({ ...begun, resolveArtifacts, writeReport: ok({ state: 'Canceled' }) }),
    );
    expect(namesOf(stepper).slice(2)).toEqual(['resolveArtifacts', 'resolveArtifacts', 'writeReport']);
    expect(inputsOf(stepper, 'writeReport')).toEqual([{ transfer: 'abc', error: null }]);
  });

  it('is heard by a child that works on its pages: it waits through a pause, and ends at a cancel', () => {
    const input = { transfer: 'abc', activity: 'resolveArtifacts', first: 21, last: 40 };
    const table = { resolveArtifacts: [ok(null), ok('Paused'), ok(null), ok('Canceled')], awaitResume: ok(null) };
    const stepper = run(workPagesOrchestrator, input, answers(table));
    expect(inputsOf(stepper, 'resolveArtifacts').map((given) => (given as { page: number }).page)).toEqual([
      21, 22, 22, 23,
    ]);
    const waits = stepper.calls.filter(({ name }) => name === 'awaitResume').map(({ instanceId }) => instanceId);
    expect(waits).toEqual(['pause:abc:resolveArtifacts-21:1']);
    expect(stepper.output).toMatchObject({ ok: false, failure: { code: 'CANCELED' } });
  });

  it('that is paused while it resolves resolves that page after the pause, however often it is paused', () => {
    const stepper = run(
      transferOrchestrator,
      'abc',
      answers({
        ...begun,
        resolveArtifacts: [ok('Paused'), ok('Paused'), ok(null)],
        awaitResume: ok(null),
        planTransfer: ok({ batches: 0, maxParallelBatches: 2, stopped: false }),
        writeReport: ok({ state: 'Succeeded' }),
      }),
    );
    expect(inputsOf(stepper, 'resolveArtifacts')).toEqual([1, 1, 1, 2].map((page) => ({ transfer: 'abc', page })));
    const waits = stepper.calls.filter(({ name }) => name === 'awaitResume').map(({ instanceId }) => instanceId);
    expect(waits).toEqual(['pause:abc:resolve:1', 'pause:abc:resolve:2']);
  });
});

describe('awaitResumeOrchestrator', () => {
  const start = () => new Stepper(awaitResumeOrchestrator, { transfer: 'abc' });

  it.each([null, 'Canceled', 'Stopped'])('ends when the control says %s', (halt) => {
    const stepper = run(
      awaitResumeOrchestrator,
      { transfer: 'abc' },
      answers({ readControl: [ok('Paused'), ok(halt)] }),
    );
    expect(stepper.calls.map(({ name }) => name)).toEqual(['timer', 'readControl', 'timer', 'readControl']);
    expect(stepper.output).toEqual(ok(halt));
  });

  it('waits longer the longer it is paused, and a minute at most', () => {
    const stepper = start();
    expect(stepper.find('timer').delayMs).toBe(1000);
    stepper.fire(stepper.find('timer'));
    stepper.advance(599_000);
    stepper.complete(stepper.find('readControl'), ok('Paused'));
    expect(stepper.find('timer').delayMs).toBe(30_000);
    stepper.advance(36_000_000);
    stepper.fire(stepper.find('timer'));
    stepper.complete(stepper.find('readControl'), ok('Paused'));
    expect(stepper.find('timer').delayMs).toBe(60_000);
  });

  it('waits through an outage, and ends with a failure that will not pass', () => {
    const denied = refused({ class: 'access', code: 'AuthorizationFailure' });
    const outage = answers({ readControl: [BUSY, BUSY, BUSY, BUSY, denied] });
    const stepper = run(awaitResumeOrchestrator, { transfer: 'abc' }, outage);
    expect(stepper.output).toEqual(denied);
  });

  it('starts anew after many reads, and keeps its pace', () => {
    const stepper = run(awaitResumeOrchestrator, { transfer: 'abc' }, answers({ readControl: ok('Paused') }));
    expect(stepper.continuedWith).toEqual({ transfer: 'abc', startedAt: '2026-01-01T00:00:00.000Z' });
    expect(stepper.calls).toHaveLength(80);
    const later = new Stepper(awaitResumeOrchestrator, stepper.continuedWith);
    const timer: Call = later.find('timer');
    expect(timer.kind).toBe('timer');
  });
});

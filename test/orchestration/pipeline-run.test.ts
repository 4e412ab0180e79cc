import type { RunRequest } from '../../src/domain/activities.ts';
import { formatRunName } from '../../src/domain/names.ts';
import { pipelineRunOrchestrator } from '../../src/orchestrators/pipeline-run.ts';
import { answers, BUSY, ok, refused, runState } from './answers.ts';
import { namesOf, run, Stepper } from './stepper.ts';

const REQUEST: RunRequest = {
  owner: { kind: 'batch', transfer: 'abc', path: 'b0001' },
  direction: 'export',
  key: { id: 'abc', path: 'b0001', attempt: 1 },
  archive: 'abc-b0001-a01.tar',
  catalogDigest: null,
};
const HOUR_MS = 3_600_000;
const INPUT = { ...REQUEST, timeoutMs: HOUR_MS };

describe('pipelineRunOrchestrator', () => {
  it('asks for the run, then reads it after durable timers until it has ended', () => {
    const succeeded = runState('Succeeded', { catalogDigest: 'sha256:c' });
    const stepper = run(
      pipelineRunOrchestrator,
      INPUT,
      answers({ startRun: runState('Running'), readRun: [runState('Running'), succeeded] }),
    );
    expect(namesOf(stepper)).toEqual(['startRun', 'timer', 'readRun', 'timer', 'readRun']);
    expect(stepper.output).toEqual(ok({ catalogDigest: 'sha256:c' }));
  });

  it('hands the request on as it got it, and nothing of its own', () => {
    const stepper = run(
      pipelineRunOrchestrator,
      { ...INPUT, catalogDigest: 'sha256:c' },
      answers({
        startRun: runState('Running', { operationUrl: 'https://arm.test/op' }),
        readRun: runState('Succeeded'),
      }),
    );
    expect(stepper.calls[0]?.input).toEqual({ ...REQUEST, catalogDigest: 'sha256:c' });
    expect(stepper.calls[2]?.input).toEqual({
      ...REQUEST,
      catalogDigest: 'sha256:c',
      operationUrl: 'https://arm.test/op',
    });
  });

  it('does not wait for a run that had ended when it was asked for', () => {
    const stepper = run(pipelineRunOrchestrator, INPUT, answers({ startRun: runState('Succeeded') }));
    expect(namesOf(stepper)).toEqual(['startRun']);
    expect(stepper.output).toEqual(ok({ catalogDigest: null }));
  });

  it("ends with the run's own failure", () => {
    const failure = { class: 'access', code: 'SAS_EXPIRED', message: 'The token expired.' } as const;
    const stepper = run(
      pipelineRunOrchestrator,
      INPUT,
      answers({ startRun: runState('Running'), readRun: runState('Failed', { failure }) }),
    );
    expect(stepper.output).toEqual(refused(failure));
  });

  it('does not take a run that ended without success or a reason for one that succeeded', () => {
    const stepper = run(pipelineRunOrchestrator, INPUT, answers({ startRun: runState('Failed') }));
    expect(stepper.output).toMatchObject({
      ok: false,
      failure: { code: 'RUN_FAILED', message: expect.stringMatching(/Failed/) },
    });
  });

  it('goes on reading a run whose status it does not know', () => {
    const stepper = run(
      pipelineRunOrchestrator,
      INPUT,
      answers({ startRun: runState('Rehydrating'), readRun: [runState('Rehydrating'), runState('Succeeded')] }),
    );
    expect(stepper.output).toMatchObject({ ok: true });
  });

  it('returns a permanent failure to start or to read as it is', () => {
    const forbidden = refused({ class: 'access', code: 'AuthorizationFailed' });
    expect(run(pipelineRunOrchestrator, INPUT, answers({ startRun: forbidden })).output).toEqual(forbidden);
    const refusal = refused({ class: 'service', code: 'RUN_REFUSED' });
    const later = run(pipelineRunOrchestrator, INPUT, answers({ startRun: runState('Running'), readRun: refusal }));
    expect(later.output).toEqual(refusal);
  });

  it('reads again after a transient failure to read', () => {
    const stepper = run(
      pipelineRunOrchestrator,
      INPUT,
      answers({ startRun: runState('Running'), readRun: [BUSY, runState('Succeeded')] }),
    );
    expect(namesOf(stepper)).toEqual(['startRun', 'timer', 'readRun', 'timer', 'readRun']);
    expect(stepper.output).toMatchObject({ ok: true });
  });

  it('waits longer the longer the run takes, and as long as the service asks for', () => {
    const stepper = new Stepper(pipelineRunOrchestrator, INPUT);
    stepper.complete(stepper.find('startRun'), runState('Running', { retryAfterMs: 5000 }));
    expect(stepper.find('timer').delayMs).toBe(5000);
    stepper.fire(stepper.find('timer'));
    stepper.advance(600_000 - 5000);
    stepper.complete(stepper.find('readRun'), runState('Running'));
    expect(stepper.find('timer').delayMs).toBe(30_000);
  });

  it('gives up when its deadline has passed, and names the run, its state and the limit', () => {
    const stepper = run(
      pipelineRunOrchestrator,
      { ...INPUT, timeoutMs: 120_000 },
      answers({ startRun: runState('Running'), readRun: runState('Running', { retryAfterMs: 50_000 }) }),
    );
    expect(namesOf(stepper).at(-1)).toBe('readRun');
    const name = formatRunName('export', REQUEST.key);
    expect(stepper.output).toMatchObject({
      ok: false,
      failure: { class: 'service', code: 'RUN_TIMEOUT', message: `Run ${name} was still Running after 2 minutes.` },
    });
    expect(stepper.now.getTime()).toBeGreaterThanOrEqual(Date.parse('2026-01-01T00:02:00Z'));
  });

  it('does not give up on a run that ended past the deadline, when that is what it reads', () => {
    const stepper = new Stepper(pipelineRunOrchestrator, { ...INPUT, timeoutMs: 2000 });
    stepper.complete(stepper.find('startRun'), runState('Running'));
    stepper.fire(stepper.find('timer'));
    stepper.advance(HOUR_MS);
    stepper.complete(stepper.find('readRun'), runState('Succeeded'));
    expect(stepper.output).toMatchObject({ ok: true });
  });

  it('starts anew after many reads, so that its history stays short, and keeps its deadline', () => {
    const forever = answers({ startRun: runState('Running'), readRun: runState('Running') });
    const first = run(pipelineRunOrchestrator, INPUT, forever);
    expect(first.continuedWith).toEqual({ ...INPUT, startedAt: '2026-01-01T00:00:00.000Z' });
    expect(first.calls.length).toBeLessThan(100);
    const second = new Stepper(pipelineRunOrchestrator, first.continuedWith);
    expect(second.find('startRun').input).toEqual(REQUEST);
    second.advance(HOUR_MS);
    second.complete(second.find('startRun'), runState('Running'));
    expect(second.output).toMatchObject({ failure: { code: 'RUN_TIMEOUT' } });
  });

  it('follows a run to its end through as many beginnings as it takes', () => {
    let input: unknown = { ...INPUT, timeoutMs: 720 * 60_000 };
    let reads = 0;
    const readRun = () => runState(++reads === 150 ? 'Succeeded' : 'Running');
    for (let begun = 1; ; begun++) {
      const stepper = run(pipelineRunOrchestrator, input, answers({ startRun: runState('Running'), readRun }));
      if (stepper.continuedWith === undefined) {
        expect(stepper.output).toMatchObject({ ok: true });
        expect(begun).toBe(4);
        return;
      }
      input = stepper.continuedWith;
    }
  });
});

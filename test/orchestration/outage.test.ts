import type { RunRequest } from '../../src/domain/activities.ts';
import { SLOT_LEASE_MS } from '../../src/domain/batch/slots.ts';
import { formatRunName } from '../../src/domain/names.ts';
import { pipelineRunOrchestrator } from '../../src/orchestrators/pipeline-run.ts';
import { answers, BUSY, ok, refused, runState } from './answers.ts';
import { run, type Stepper } from './stepper.ts';

const REQUEST: RunRequest = {
  owner: { kind: 'batch', transfer: 'abc', path: 'b0001' },
  direction: 'import',
  key: { id: 'abc', path: 'b0001', attempt: 1 },
  archive: 'abc-b0001-a01.tar',
  catalogDigest: null,
};
const RUN = formatRunName('import', REQUEST.key);
const HOUR_MS = 3_600_000;
const INPUT = { ...REQUEST, timeoutMs: HOUR_MS, slots: { registry: '0f', limit: 1 } };
const TAKE = 'registryslots.take';
const RENEW = 'registryslots.renew';
const RELEASE = 'registryslots.release';
const RUNNING = runState('Running');
const DENIED = refused({ class: 'access', code: 'AuthorizationFailed', message: 'Denied.', correlationId: 'c-1' });
const GONE = refused({ class: 'transient', code: 'RUN_GONE', message: 'Not there.' });

function story(table: Record<string, unknown>, input: unknown = INPUT): Stepper {
  return run(pipelineRunOrchestrator, input, answers({ [TAKE]: { granted: true }, ...table }));
}

function times<T>(count: number, answer: T): T[] {
  return Array.from({ length: count }, () => answer);
}

function count({ calls }: Stepper, name: string): number {
  return calls.filter((call) => call.name === name).length;
}

/** The delays of the timers after the first call of that name. */
function delaysAfter({ calls }: Stepper, name: string): number[] {
  return calls.slice(calls.findIndex((call) => call.name === name)).flatMap(({ delayMs }) => delayMs ?? []);
}

/** How long the slot was promised for at the least, at any time while it was held. */
function shortestLeaseMs({ calls }: Stepper): number {
  let leftMs = 0;
  let shortestMs = SLOT_LEASE_MS;
  for (const { name, delayMs, input } of calls) {
    if (name === TAKE || name === RENEW) leftMs = (input as { leaseMs: number }).leaseMs;
    leftMs -= delayMs ?? 0;
    shortestMs = Math.min(leftMs, shortestMs);
  }
  return shortestMs;
}

describe('a run that cannot be read', () => {
  it.each([
    ['an outage', BUSY],
    ['a right that the app has lost', DENIED],
    ['activities that the host lost', throwLost],
  ])('is followed through %s of minutes, and keeps its slot', (_, answer) => {
    const stepper = story({ startRun: RUNNING, readRun: [...times(30, answer), runState('Succeeded')] });
    expect(stepper.output).toMatchObject({ ok: true });
    expect(stepper.now.getTime() - Date.parse('2026-01-01T00:00:00Z')).toBeGreaterThan(20 * 60_000);
    expect([count(stepper, TAKE), count(stepper, 'startRun'), count(stepper, RELEASE)]).toEqual([1, 1, 1]);
    expect(stepper.calls.at(-1)?.name).toBe(RELEASE);
    expect(shortestLeaseMs(stepper)).toBeGreaterThanOrEqual(SLOT_LEASE_MS / 2);
  });

  it('is asked for again later and later, and each minute in the end', () => {
    const stepper = story({ startRun: RUNNING, readRun: [...times(6, BUSY), runState('Succeeded')] });
    expect(delaysAfter(stepper, 'readRun')).toEqual([2000, 6000, 18_000, 54_000, 60_000, 60_000]);
  });

  it('is asked for no earlier than the service says', () => {
    const later = refused({ class: 'transient', code: 'TooManyRequests' }, 400_000);
    const stepper = story({ startRun: RUNNING, readRun: [later, runState('Succeeded')] });
    expect(delaysAfter(stepper, 'readRun')).toEqual([400_000]);
    expect(shortestLeaseMs(stepper)).toBeGreaterThanOrEqual(SLOT_LEASE_MS / 2);
  });

  it('is given up when its time is over, and the failure says that it could not be read, and why', () => {
    const stepper = story({ startRun: RUNNING, readRun: DENIED }, { ...INPUT, timeoutMs: 600_000 });
    expect(stepper.output).toEqual({
      ok: false,
      failure: {
        class: 'service',
        code: 'RUN_TIMEOUT',
        message: `Run ${RUN} could not be read any more when its 10 minutes were over, and may still go on: AuthorizationFailed: Denied.`,
        correlationId: 'c-1',
      },
    });
    expect(stepper.now.getTime()).toBeGreaterThanOrEqual(Date.parse('2026-01-01T00:10:00Z'));
    expect(count(stepper, RELEASE)).toBe(1);
  });

  it('is looked for anew after many tries, so that the history stays short, with its slot and its deadline', () => {
    const first = story({ startRun: RUNNING, readRun: BUSY });
    expect(first.continuedWith).toEqual({ ...INPUT, startedAt: '2026-01-01T00:00:00.000Z' });
    expect(first.calls.length).toBeLessThan(150);
    expect(count(first, RELEASE)).toBe(0);
    const second = story({ startRun: [...times(6, DENIED), runState('Succeeded')] }, first.continuedWith);
    expect(second.output).toMatchObject({ ok: true });
    expect([count(second, TAKE), count(second, 'startRun')]).toEqual([0, 7]);
  });

  it('and is said to be gone, four times in a row, is not there', () => {
    const answered = [BUSY, GONE, GONE, GONE, BUSY, GONE, GONE, GONE, GONE];
    const stepper = story({ startRun: RUNNING, readRun: answered });
    expect(stepper.output).toEqual(GONE);
    expect(count(stepper, 'readRun')).toBe(answered.length);
  });
});

describe('a run of which it is not known whether it was started', () => {
  it('is asked for until that is told, in the same slot', () => {
    const stepper = story({ startRun: [...times(20, BUSY), RUNNING], readRun: runState('Succeeded') });
    expect(stepper.output).toMatchObject({ ok: true });
    expect([count(stepper, TAKE), count(stepper, 'startRun'), count(stepper, RELEASE)]).toEqual([1, 21, 1]);
    expect(shortestLeaseMs(stepper)).toBeGreaterThanOrEqual(SLOT_LEASE_MS / 2);
  });

  it('is given up when its time is over, and the failure says why', () => {
    const stepper = story({ startRun: BUSY }, { ...INPUT, timeoutMs: 600_000 });
    const message = `Run ${RUN} could be neither asked for nor read in 10 minutes: ServerBusy: Busy.`;
    expect(stepper.output).toMatchObject({ failure: { code: 'RUN_TIMEOUT', message } });
  });

  it('was not, when the request is denied', () => {
    expect(story({ startRun: [BUSY, DENIED] }).output).toEqual(DENIED);
  });

  it.each(['Canceled', 'Paused'])(
    'is not asked for any more by a transfer that is %s, but followed if it is there',
    (halt) => {
      const outage = { startRun: BUSY, readControl: [ok(null), ok(halt)] };
      const there = story({ ...outage, readRun: [BUSY, RUNNING, runState('Succeeded')] });
      expect(count(there, 'startRun')).toBe(5);
      expect(there.output).toMatchObject({ ok: true });
      const absent = story({ ...outage, readRun: [BUSY, GONE] });
      expect(count(absent, 'startRun')).toBe(5);
      expect(absent.output).toEqual(GONE);
    },
  );

  it('is still asked for by a batch of a transfer that stopped at a failure elsewhere: it has begun', () => {
    const stepper = story({ startRun: [...times(6, BUSY), runState('Succeeded')], readControl: ok('Stopped') });
    expect(stepper.output).toMatchObject({ ok: true });
  });

  it('is not asked for after a cancel where the orchestrator starts anew meanwhile', () => {
    const first = story({ startRun: BUSY });
    expect(first.continuedWith).toEqual({ ...INPUT, startedAt: '2026-01-01T00:00:00.000Z', unseen: true });
    const second = story({ readControl: ok('Canceled'), readRun: GONE }, first.continuedWith);
    expect(count(second, 'startRun')).toBe(0);
    expect(second.output).toEqual(GONE);
    const third = story({ startRun: DENIED }, first.continuedWith);
    expect(third.output).toEqual(DENIED);
    const seen = story({ startRun: RUNNING, readRun: RUNNING }, first.continuedWith);
    expect(seen.continuedWith).toEqual({ ...INPUT, startedAt: '2026-01-01T00:00:00.000Z' });
  });
});

function throwLost(): never {
  throw new Error('lost');
}

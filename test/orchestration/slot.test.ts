import type { RunRequest } from '../../src/domain/activities.ts';
import { SLOT_LEASE_MS } from '../../src/domain/batch/slots.ts';
import { formatRunName } from '../../src/domain/names.ts';
import { STOPPED } from '../../src/domain/transfer/control.ts';
import { pipelineRunOrchestrator } from '../../src/orchestrators/pipeline-run.ts';
import { answers, BUSY, ok, refused, runState } from './answers.ts';
import { run, Stepper } from './stepper.ts';

const REQUEST: RunRequest = {
  owner: { kind: 'batch', transfer: 'abc', path: 'b0001' },
  direction: 'export',
  key: { id: 'abc', path: 'b0001', attempt: 1 },
  archive: 'abc-b0001-a01.tar',
  catalogDigest: null,
};
const SLOTS = { registry: '0f', limit: 3 };
const INPUT = { ...REQUEST, timeoutMs: 3_600_000, slots: SLOTS };
const RUN = formatRunName('export', REQUEST.key);
const GRANTED = { granted: true };
const REFUSED = { granted: false };
const TAKE = 'registryslots.take';
const RELEASE = 'registryslots.release';
const RENEW = 'registryslots.renew';

function story(input: unknown, table: Record<string, unknown>): Stepper {
  return run(pipelineRunOrchestrator, input, answers(table));
}

function names({ calls }: Stepper): string[] {
  return calls.map(({ name }) => name);
}

describe('a pipeline run with a budget', () => {
  it('takes a slot of its registry right before it is asked for, and gives it back at its end', () => {
    const stepper = story(INPUT, { [TAKE]: GRANTED, startRun: runState('Running'), readRun: runState('Succeeded') });
    expect(names(stepper)).toEqual([TAKE, 'startRun', 'timer', 'readRun', RELEASE]);
    expect(stepper.calls[0]).toMatchObject({
      instanceId: '0f',
      input: { run: RUN, limit: 3, leaseMs: SLOT_LEASE_MS },
    });
    expect(stepper.calls[1]?.input).toEqual(REQUEST);
    expect(stepper.calls.at(-1)).toMatchObject({ kind: 'signal', instanceId: '0f', input: { run: RUN } });
    expect(stepper.output).toMatchObject({ ok: true });
  });

  it.each([
    ['cannot be asked for', { startRun: refused() }],
    ['cannot be read', { startRun: runState('Running'), readRun: refused() }],
    ['fails', { startRun: runState('Running'), readRun: runState('Failed') }],
    [
      'does not end in time',
      { startRun: runState('Running'), readRun: runState('Running', { retryAfterMs: 3_700_000 }) },
    ],
  ])('gives it back too when the run %s', (_, table) => {
    const stepper = story(INPUT, { [TAKE]: GRANTED, ...table });
    expect(stepper.output).toMatchObject({ ok: false });
    expect(names(stepper).filter((name) => name === RELEASE)).toHaveLength(1);
    expect(names(stepper).at(-1)).toBe(RELEASE);
  });

  it('waits by timers that back off while there is no slot, and starts nothing', () => {
    const stepper = story(INPUT, { [TAKE]: [...Array(30).fill(REFUSED), GRANTED], startRun: runState('Succeeded') });
    const starts = names(stepper).indexOf('startRun');
    expect(names(stepper).slice(0, 4)).toEqual([TAKE, 'timer', 'readControl', TAKE]);
    expect(names(stepper).lastIndexOf(TAKE)).toBe(starts - 1);
    const delays = stepper.calls.slice(0, starts).flatMap(({ delayMs }) => delayMs ?? []);
    expect(delays).toEqual([...delays].sort((a, b) => a - b));
    expect(Math.max(...delays)).toBeLessThanOrEqual(60_000);
  });

  it("does not count the time in the queue to the run's own", () => {
    const queue = Array(30).fill(REFUSED);
    const stepper = story(
      { ...INPUT, timeoutMs: 5000 },
      {
        [TAKE]: [...queue, GRANTED],
        startRun: runState('Running'),
        readRun: runState('Succeeded'),
      },
    );
    expect(stepper.output).toMatchObject({ ok: true });
  });

  it('starts anew in a long queue, so that its history stays short, and waits as long as before', () => {
    const first = story(INPUT, { [TAKE]: REFUSED });
    expect(first.continuedWith).toEqual({ ...INPUT, waitingSince: '2026-01-01T00:00:00.000Z' });
    expect(first.calls.length).toBeLessThan(150);
    expect(names(first)).not.toContain(RELEASE);
    const second = story(first.continuedWith, { [TAKE]: GRANTED, startRun: runState('Succeeded') });
    expect(names(second)).toEqual(['timer', 'readControl', TAKE, 'startRun', RELEASE]);
    expect(second.output).toMatchObject({ ok: true });
  });

  it('leaves the queue when its transfer is canceled, without a run', () => {
    const stepper = story(INPUT, { [TAKE]: REFUSED, readControl: [ok(null), ok('Canceled')] });
    expect(names(stepper)).not.toContain('startRun');
    expect(names(stepper).at(-1)).toBe(RELEASE);
    expect(stepper.output).toMatchObject({ ok: false, failure: { code: 'CANCELED' } });
  });

  it('leaves the queue while its transfer is paused, and asks again when it goes on', () => {
    const stepper = story(INPUT, {
      [TAKE]: [REFUSED, GRANTED],
      readControl: [ok('Paused'), ok('Paused'), ok(null)],
      startRun: runState('Succeeded'),
    });
    const look = ['timer', 'readControl'];
    expect(names(stepper)).toEqual([TAKE, ...look, RELEASE, ...look, ...look, TAKE, 'startRun', RELEASE]);
  });

  const stops = { [TAKE]: [REFUSED, REFUSED, GRANTED], readControl: ok('Stopped'), startRun: runState('Succeeded') };

  it('leaves the queue without a run when its transfer stops at a failure before its batch has begun', () => {
    const stepper = story(INPUT, stops);
    expect(names(stepper)).toEqual([TAKE, 'timer', 'readControl', RELEASE]);
    expect(stepper.output).toEqual(refused(STOPPED));
  });

  it.each([
    ['an import', { direction: 'import' }],
    ['a further try', { key: { ...REQUEST.key, attempt: 2 } }],
  ])('goes on waiting then when it is %s: its batch has begun, and ends', (_, more) => {
    expect(story({ ...INPUT, ...more }, stops).output).toMatchObject({ ok: true });
  });

  it('asks again when the host does not answer, and fails as a step that may be tried again', () => {
    const lost = () => {
      throw new Error('lost');
    };
    const stepper = story(INPUT, { [TAKE]: [lost, GRANTED], startRun: runState('Succeeded') });
    expect(stepper.output).toMatchObject({ ok: true });
    const failing = story(INPUT, { [TAKE]: lost });
    expect(failing.output).toMatchObject({ ok: false, failure: { class: 'transient', code: 'SLOT_NOT_ANSWERED' } });
    expect(names(failing).at(-1)).toBe(RELEASE);
  });

  it('leaves the queue when it cannot be told whether it may go on', () => {
    const stepper = story(INPUT, { [TAKE]: REFUSED, readControl: refused() });
    expect(stepper.output).toEqual(refused());
    expect(names(stepper).at(-1)).toBe(RELEASE);
  });

  it('keeps waiting through an outage in which it cannot be told whether it may go on', () => {
    const outage = [...Array(20).fill(BUSY), ok(null)];
    const stepper = story(INPUT, {
      [TAKE]: [REFUSED, GRANTED],
      readControl: outage,
      startRun: runState('Succeeded'),
    });
    expect(stepper.output).toMatchObject({ ok: true });
    expect(names(stepper).filter((name) => name === TAKE)).toHaveLength(2);
    expect(names(stepper).filter((name) => name === RELEASE)).toHaveLength(1);
    const forever = story(INPUT, { [TAKE]: REFUSED, readControl: BUSY });
    expect(forever.continuedWith).toEqual({ ...INPUT, waitingSince: '2026-01-01T00:00:00.000Z' });
  });

  it('asks for no control of an import that nobody can cancel', () => {
    const owner = { kind: 'import', importId: '0f', route: 'a' } as const;
    const stepper = story({ ...INPUT, owner }, { [TAKE]: [REFUSED, GRANTED], startRun: runState('Succeeded') });
    expect(names(stepper)).toEqual([TAKE, 'timer', TAKE, 'startRun', RELEASE]);
  });

  it('renews its lease long before it ends, however rarely the run is read', () => {
    const stepper = new Stepper(pipelineRunOrchestrator, { ...INPUT, timeoutMs: 24 * 3_600_000 });
    stepper.complete(stepper.find(TAKE), GRANTED);
    stepper.complete(stepper.find('startRun'), runState('Running'));
    let leaseEndsMs = stepper.now.getTime() + SLOT_LEASE_MS;
    let seen = 0;
    for (let reads = 0; reads < 39; reads++) {
      for (; seen < stepper.calls.length; seen++) {
        const call = stepper.calls[seen];
        const { leaseMs } = (call?.input ?? {}) as { leaseMs?: number };
        if (call?.name === RENEW) leaseEndsMs = stepper.now.getTime() + (leaseMs ?? 0);
      }
      stepper.fire(stepper.find('timer'));
      expect(leaseEndsMs - stepper.now.getTime()).toBeGreaterThanOrEqual(SLOT_LEASE_MS / 2);
      stepper.complete(stepper.find('readRun'), runState('Running', { retryAfterMs: reads * 40_000 }));
    }
    expect(names(stepper)).toContain(RENEW);
  });

  it('keeps its slot when it starts anew with a run: renews it and does not queue again', () => {
    const forever = { [TAKE]: GRANTED, startRun: runState('Running'), readRun: runState('Running') };
    const first = story(INPUT, forever);
    expect(first.continuedWith).toMatchObject({ startedAt: '2026-01-01T00:00:00.000Z', slots: SLOTS });
    expect(names(first)).not.toContain(RELEASE);
    const second = story(first.continuedWith, { startRun: runState('Succeeded') });
    expect(names(second)).toEqual([RENEW, 'startRun', RELEASE]);
  });

  it('of an older version, which has no budget, does what it did', () => {
    const { slots, ...old } = INPUT;
    const stepper = story(old, { startRun: BUSY, readRun: runState('Succeeded') });
    expect(names(stepper).filter((name) => name.startsWith('registryslots'))).toEqual([]);
  });
});

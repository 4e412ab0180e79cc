import type { OrchestrationContext } from 'durable-functions';
import { callActivity, insist } from '../../src/orchestrators/call.ts';
import { answers, BUSY, ok, refused } from './answers.ts';
import { namesOf, run } from './stepper.ts';

function* oneActivity(context: OrchestrationContext) {
  return yield* callActivity(context, 'preflightRoute', { transfer: 'abc' });
}

function delaysOf(stepper: ReturnType<typeof run>): unknown[] {
  return stepper.calls.filter(({ kind }) => kind === 'timer').map(({ delayMs }) => delayMs);
}

describe('callActivity', () => {
  it('gives the value of an activity that succeeds, without waiting', () => {
    const stepper = run(oneActivity, null, answers({ preflightRoute: ok(null) }));
    expect(stepper.output).toEqual(ok(null));
    expect(stepper.calls).toMatchObject([{ kind: 'activity', name: 'preflightRoute', input: { transfer: 'abc' } }]);
  });

  it('waits by a durable timer after a transient failure and calls again with the same input', () => {
    const stepper = run(oneActivity, null, answers({ preflightRoute: [BUSY, BUSY, ok(null)] }));
    expect(namesOf(stepper)).toEqual(['preflightRoute', 'timer', 'preflightRoute', 'timer', 'preflightRoute']);
    expect(delaysOf(stepper)).toEqual([2000, 6000]);
    expect(stepper.calls[2]?.input).toEqual({ transfer: 'abc' });
    expect(stepper.output).toEqual(ok(null));
  });

  it('gives up after four tries and returns the last failure as data', () => {
    const stepper = run(oneActivity, null, answers({ preflightRoute: BUSY }));
    expect(namesOf(stepper).filter((name) => name === 'preflightRoute')).toHaveLength(4);
    expect(stepper.output).toEqual(BUSY);
  });

  it('waits as long as the service asked for', () => {
    const throttled = refused({ class: 'transient', code: 'TooManyRequests' }, 45_000);
    const stepper = run(oneActivity, null, answers({ preflightRoute: [throttled, ok(null)] }));
    expect(delaysOf(stepper)).toEqual([45_000]);
  });

  it.each(['access', 'artifact', 'conflict', 'service'] as const)('never tries a failure of class %s again', (name) => {
    const failed = refused({ class: name });
    const stepper = run(oneActivity, null, answers({ preflightRoute: failed }));
    expect(namesOf(stepper)).toEqual(['preflightRoute']);
    expect(stepper.output).toEqual(failed);
  });

  it('makes what an activity throws a transient failure ACTIVITY_FAILED that names it: the host may have lost it', () => {
    const thrown = () => {
      throw new Error('the worker is gone');
    };
    const stepper = run(oneActivity, null, answers({ preflightRoute: thrown }));
    expect(stepper.error).toBeUndefined();
    expect(stepper.calls.filter(({ name }) => name === 'preflightRoute')).toHaveLength(4);
    expect(stepper.output).toEqual(
      refused({ class: 'transient', code: 'ACTIVITY_FAILED', message: 'preflightRoute: the worker is gone' }),
    );
  });
});

describe('insist', () => {
  function* insistent(context: OrchestrationContext) {
    return yield* insist(context, 'preflightRoute', { transfer: 'abc' });
  }

  it('goes on every minute through an outage that outlasts the ordinary tries', () => {
    const stepper = run(insistent, null, answers({ preflightRoute: [BUSY, BUSY, BUSY, BUSY, BUSY, ok(null)] }));
    expect(stepper.output).toEqual(ok(null));
    expect(delaysOf(stepper)).toEqual([2000, 6000, 18_000, 60_000, 2000]);
  });

  it('ends after an hour, and at once with a failure that will not pass', () => {
    const outage = run(insistent, null, answers({ preflightRoute: BUSY }));
    expect(outage.output).toEqual(BUSY);
    expect(delaysOf(outage).filter((delay) => delay === 60_000)).toHaveLength(59);
    const denied = refused({ class: 'access' });
    expect(namesOf(run(insistent, null, answers({ preflightRoute: denied })))).toEqual(['preflightRoute']);
  });
});

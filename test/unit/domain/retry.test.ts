import fc from 'fast-check';
import { FAILURE_CLASSES } from '../../../src/domain/errors.ts';
import { ACTIVITY_RETRY, decidePollDelayMs, decideRetryDelayMs, retryDelayMs } from '../../../src/domain/retry.ts';
import { addMs, elapsedMs } from '../../../src/domain/time.ts';

const POLICY = { attempts: 4, firstDelaySeconds: 30, factor: 2, maxDelaySeconds: 100, jitter: 0 };
const TRANSIENT = { class: 'transient' } as const;

describe('decideRetryDelayMs', () => {
  it('grows by the factor up to the most and gives up after the last attempt', () => {
    const delays = [1, 2, 3, 4, 5].map((attempt) => decideRetryDelayMs(POLICY, attempt, TRANSIENT));
    expect(delays).toEqual([30_000, 60_000, 100_000, undefined, undefined]);
  });

  it.each(FAILURE_CLASSES.filter((name) => name !== 'transient'))('never tries a failure of class %s again', (name) => {
    expect(decideRetryDelayMs(POLICY, 1, { class: name }, 5000)).toBeUndefined();
  });

  it('waits as long as the service asks, when that is longer', () => {
    expect(decideRetryDelayMs(POLICY, 1, TRANSIENT, 45_000)).toBe(45_000);
    expect(decideRetryDelayMs(POLICY, 1, TRANSIENT, 200_000)).toBe(200_000);
    expect(decideRetryDelayMs(POLICY, 1, TRANSIENT, 1000)).toBe(30_000);
  });

  it('gives up at the last attempt even when the service asks to come back', () => {
    expect(decideRetryDelayMs(POLICY, 4, TRANSIENT, 1000)).toBeUndefined();
  });

  it('tries an activity four times within two minutes', () => {
    const delays = [1, 2, 3, 4].map((attempt) => decideRetryDelayMs(ACTIVITY_RETRY, attempt, TRANSIENT));
    expect(delays).toEqual([2000, 6000, 18_000, undefined]);
  });
});

describe('retryDelayMs', () => {
  it('takes off a share of up to the jitter, the same each time it is asked', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 99 }),
        fc.string(),
        (jitter, attempt, key) => {
          const policy = { ...POLICY, jitter };
          const wholeMs = retryDelayMs(POLICY, attempt, key);
          const delayMs = retryDelayMs(policy, attempt, key);
          expect(delayMs).toBeLessThanOrEqual(wholeMs);
          expect(delayMs).toBeGreaterThanOrEqual(Math.floor(wholeMs * (1 - jitter)));
          expect(retryDelayMs(policy, attempt, key)).toBe(delayMs);
        },
      ),
    );
  });

  it('brings batches that failed together back apart', () => {
    const keys = Array.from({ length: 20 }, (_, index) => `abc/b${index}`);
    const delays = keys.map((key) => decideRetryDelayMs({ ...POLICY, jitter: 0.5 }, 1, TRANSIENT, 0, key));
    expect(new Set(delays).size).toBeGreaterThan(15);
  });
});

describe('decidePollDelayMs', () => {
  it('stays between a second and a minute and never waits more than 5 % of a run that took 20 s or more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), (elapsed) => {
        const delayMs = decidePollDelayMs(elapsed);
        expect(delayMs).toBeGreaterThanOrEqual(1000);
        expect(delayMs).toBeLessThanOrEqual(60_000);
        if (elapsed >= 20_000) expect(delayMs).toBeLessThanOrEqual(elapsed / 20);
      }),
    );
  });

  it('waits as long as the service asks, when that is longer', () => {
    expect(decidePollDelayMs(0, 90_000)).toBe(90_000);
    expect(decidePollDelayMs(600_000, 5000)).toBe(30_000);
  });
});

describe('addMs and elapsedMs', () => {
  it('are inverse, and leave the date they start from as it is', () => {
    const start = new Date('2026-01-01T00:00:00Z');
    expect(addMs(start, 90_000).toISOString()).toBe('2026-01-01T00:01:30.000Z');
    expect(elapsedMs(start.toISOString(), addMs(start, 90_000))).toBe(90_000);
    expect(start.toISOString()).toBe('2026-01-01T00:00:00.000Z');
  });
});

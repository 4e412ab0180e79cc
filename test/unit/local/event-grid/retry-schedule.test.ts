import { type DeliveryTry, decideNextDelivery } from '../../../../local/event-grid/retry-schedule.ts';

const DAY_MS = 86_400_000;

function decide(change: Partial<DeliveryTry>) {
  const first = { status: 500, attempts: 1, maxAttempts: 30, ageMs: 0, timeToLiveMs: DAY_MS, scale: 1 };
  return decideNextDelivery({ ...first, ...change });
}

describe('decideNextDelivery', () => {
  it.each([200, 201, 202, 203, 204])('is done with %d', (status) => {
    expect(decide({ status })).toEqual({ do: 'forget' });
  });

  it.each([400, 401, 403, 413])('never tries again after %d', (status) => {
    expect(decide({ status })).toEqual({ do: 'drop', reason: 'Undeliverable' });
  });

  it('waits longer each time, then an hour', () => {
    const seconds = [1, 2, 3, 4, 5, 6, 7, 8, 20].map((attempts) => {
      const next = decide({ attempts });
      return next.do === 'retry' ? next.delayMs / 1000 : next;
    });
    expect(seconds).toEqual([10, 30, 60, 300, 600, 1800, 3600, 3600, 3600]);
  });

  it.each([
    [undefined, 10],
    [205, 10],
    [302, 10],
    [404, 300],
    [408, 120],
    [503, 30],
    [500, 10],
  ])('waits after %p at least %d seconds', (status, seconds) => {
    expect(decide({ status })).toEqual({ do: 'retry', delayMs: seconds * 1000 });
  });

  it('scales the waiting, not the time to live', () => {
    expect(decide({ scale: 0.01 })).toEqual({ do: 'retry', delayMs: 100 });
    expect(decide({ scale: 0.01, ageMs: DAY_MS })).toEqual({ do: 'drop', reason: 'TimeToLiveExceeded' });
  });

  it('gives up when attempts or time are spent', () => {
    expect(decide({ attempts: 30 })).toEqual({ do: 'drop', reason: 'MaxDeliveryAttemptsExceeded' });
    expect(decide({ attempts: 29 })).toMatchObject({ do: 'retry' });
    expect(decide({ ageMs: DAY_MS - 9_999 })).toEqual({ do: 'drop', reason: 'TimeToLiveExceeded' });
    expect(decide({ ageMs: DAY_MS - 10_000 })).toMatchObject({ do: 'retry' });
  });
});

import { callWithRetry, functionRetryDelayMs } from '../../../../local/host/retry-policy.ts';

const FIXED = { retryStrategy: 'fixedDelay', maxRetryCount: 2, delayInterval: { seconds: 0 } };
const EXPONENTIAL = {
  retryStrategy: 'exponentialBackoff',
  minimumInterval: { seconds: 2 },
  maximumInterval: { seconds: 9 },
};

describe('a function’s own retry policy', () => {
  it('tells each try its count and the failure before', async () => {
    const seen: unknown[] = [];
    const failing = callWithRetry(FIXED, new AbortController().signal, async (context) => {
      seen.push(context);
      throw new Error(`failure ${seen.length}`);
    });
    await expect(failing).rejects.toThrow('failure 3');
    expect(seen).toEqual([
      { retryCount: 0, maxRetryCount: 2 },
      { retryCount: 1, maxRetryCount: 2, exception: { message: 'failure 1' } },
      { retryCount: 2, maxRetryCount: 2, exception: { message: 'failure 2' } },
    ]);
  });

  it('calls once where there is none', async () => {
    let calls = 0;
    const failing = callWithRetry(undefined, new AbortController().signal, async () => {
      calls++;
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(calls).toBe(1);
  });

  it('gives up with the failure when a wait is aborted', async () => {
    const stopping = new AbortController();
    const failing = callWithRetry({ ...FIXED, delayInterval: { seconds: 3600 } }, stopping.signal, async () => {
      setImmediate(() => stopping.abort());
      throw new Error('failure');
    });
    await expect(failing).rejects.toThrow('failure');
  });

  it('doubles its delay up to the maximum', () => {
    const delays = [0, 1, 2, 3].map((count) => functionRetryDelayMs(EXPONENTIAL, count));
    expect(delays).toEqual([2000, 4000, 8000, 9000]);
  });
});

import { TransferError } from '../../../../src/domain/errors.ts';
import { parseRetryAfterMs } from '../../../../src/oci/registry/response-error.ts';
import { decideRetryWaitMs } from '../../../../src/oci/registry/retry.ts';

const failure = (options: Partial<{ class: 'transient' | 'access'; retryAfterMs: number }>) =>
  new TransferError('it failed', { class: 'transient', code: 'TEST', ...options });

describe('decideRetryWaitMs', () => {
  it('gives up after as many tries as there are delays', () => {
    expect([0, 1, 2].map((attempt) => decideRetryWaitMs(failure({}), attempt, [10, 20]))).toEqual([10, 20, undefined]);
  });

  it('tries nothing again that is not transient', () => {
    expect(decideRetryWaitMs(failure({ class: 'access' }), 0, [10])).toBeUndefined();
    expect(decideRetryWaitMs(new Error('unknown'), 0, [10])).toBeUndefined();
  });

  it('lets a longer Retry-After win, and gives up at once on one beyond 5 seconds', () => {
    expect(decideRetryWaitMs(failure({ retryAfterMs: 4000 }), 0, [10])).toBe(4000);
    expect(decideRetryWaitMs(failure({ retryAfterMs: 5001 }), 0, [10])).toBeUndefined();
  });
});

describe('parseRetryAfterMs', () => {
  it('reads seconds and dates, and nothing else', () => {
    expect(parseRetryAfterMs('3', 0)).toBe(3000);
    expect(parseRetryAfterMs('Thu, 01 Jan 1970 00:00:09 GMT', 2000)).toBe(7000);
    expect(parseRetryAfterMs('soon', 0)).toBeUndefined();
    expect(parseRetryAfterMs(undefined, 0)).toBeUndefined();
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import type { FunctionRetryOptions, RetryContext } from './app-model.ts';
import { messageOf } from './errors.ts';

const DEFAULT_MINIMUM_SECONDS = 1;
const DEFAULT_MAXIMUM_SECONDS = 60;

/**
 * Calls a function as its own retry policy says. Throws the last failure when the policy is used up, when there is
 * none, or when `signal` aborts a wait.
 */
export async function callWithRetry<T>(
  options: FunctionRetryOptions | undefined,
  signal: AbortSignal,
  call: (context: RetryContext | undefined) => Promise<T>,
): Promise<T> {
  const maxRetryCount = options?.maxRetryCount ?? 0;
  let context = options === undefined ? undefined : { retryCount: 0, maxRetryCount };
  for (let retryCount = 0; ; retryCount++) {
    try {
      return await call(context);
    } catch (error) {
      const isUsedUp = maxRetryCount !== -1 && retryCount >= maxRetryCount;
      if (options === undefined || isUsedUp || signal.aborted) throw error;
      await delay(functionRetryDelayMs(options, retryCount), undefined, { signal }).catch(() => {
        throw error;
      });
      const exception = { message: messageOf(error) };
      context = Object.assign({ retryCount: retryCount + 1, maxRetryCount }, { exception });
    }
  }
}

/** Milliseconds before retry number `retryCount` (from 0): fixed, or doubling from the minimum to the maximum interval. */
export function functionRetryDelayMs(options: FunctionRetryOptions, retryCount: number): number {
  if (options.retryStrategy === 'fixedDelay') return (options.delayInterval?.seconds ?? 0) * 1000;
  const minimum = options.minimumInterval?.seconds ?? DEFAULT_MINIMUM_SECONDS;
  const maximum = options.maximumInterval?.seconds ?? DEFAULT_MAXIMUM_SECONDS;
  return Math.min(maximum, minimum * 2 ** retryCount) * 1000;
}

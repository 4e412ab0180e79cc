import { TransferError } from '../../domain/errors.ts';

/** Waits before the second, third and fourth try of a request, in milliseconds. */
export const DEFAULT_RETRY_DELAYS_MS: readonly number[] = [200, 800, 3200];

/** The longest wait inside the client, in milliseconds; who asks for more gets the error, with its `retryAfterMs`. */
export const MAX_RETRY_WAIT_MS = 5000;

/**
 * Milliseconds to wait before try number `attempt + 2`, or `undefined` to give up: only `transient` failures are tried
 * again, as often as there are delays. A longer `Retry-After` wins up to {@link MAX_RETRY_WAIT_MS}; beyond it the client
 * gives up at once. Pure.
 */
export function decideRetryWaitMs(error: unknown, attempt: number, delaysMs: readonly number[]): number | undefined {
  const delayMs = delaysMs[attempt];
  if (delayMs === undefined || !(error instanceof TransferError) || error.class !== 'transient') return undefined;
  const waitMs = Math.max(Math.min(delayMs, MAX_RETRY_WAIT_MS), error.retryAfterMs ?? 0);
  return waitMs <= MAX_RETRY_WAIT_MS ? waitMs : undefined;
}

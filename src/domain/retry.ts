import { createHash } from 'node:crypto';
import type { Failure } from './errors.ts';
import type { RetryPolicy } from './route/route.ts';

/** How often an orchestrator calls one activity that fails transiently, before the step counts as failed. */
export const ACTIVITY_RETRY: RetryPolicy = {
  attempts: 4,
  firstDelaySeconds: 2,
  factor: 3,
  maxDelaySeconds: 60,
  jitter: 0,
};

/**
 * Milliseconds to wait before the next attempt, or `undefined` to give up. Only `transient` failures are tried again,
 * after {@link retryDelayMs}; a longer `retryAfterMs` of the service wins. `attempt` is the one that failed, from 1.
 * Pure: orchestrators may call it.
 */
export function decideRetryDelayMs(
  policy: RetryPolicy,
  attempt: number,
  failure: Pick<Failure, 'class'>,
  retryAfterMs = 0,
  key = '',
): number | undefined {
  if (failure.class !== 'transient' || attempt >= policy.attempts) return undefined;
  return Math.max(retryDelayMs(policy, attempt, key), retryAfterMs);
}

/**
 * Milliseconds after the failed `attempt` (from 1): grows by `policy.factor` from `policy.firstDelaySeconds` up to
 * `policy.maxDelaySeconds`, less a share of up to `policy.jitter`. The share derives from `key` (whose attempt it is)
 * and attempt: a replay, and an activity that runs twice, see the same delay.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, key: string): number {
  const seconds = Math.min(policy.firstDelaySeconds * policy.factor ** (attempt - 1), policy.maxDelaySeconds);
  return Math.round(seconds * 1000 * (1 - policy.jitter * fractionOf(`${key}/${attempt}`)));
}

/**
 * Milliseconds after the failed `attempt` (from 1) of a call that is made again for as long as it takes: the delays of
 * {@link ACTIVITY_RETRY}, which grow to a minute. A longer `retryAfterMs` of the service wins.
 */
export function outageDelayMs(attempt: number, retryAfterMs = 0): number {
  return Math.max(retryDelayMs(ACTIVITY_RETRY, attempt, ''), retryAfterMs);
}

/** A number from 0 up to 1 that is the same for the same text. */
function fractionOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
}

const FIRST_POLL_MS = 1000;
const MAX_POLL_MS = 60_000;

/**
 * Milliseconds until a run is read again: a twentieth of the time it has run, between 1 s and 60 s, so that waiting
 * adds at most 5 % to a run of 20 s or more. A longer `retryAfterMs` of the service wins.
 */
export function decidePollDelayMs(elapsed: number, retryAfterMs = 0): number {
  return Math.max(FIRST_POLL_MS, Math.min(MAX_POLL_MS, elapsed / 20), retryAfterMs);
}

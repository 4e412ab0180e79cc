const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** Time before each further try; the last one repeats. */
const SCHEDULE_MS = [10, 30, 60, 300, 600, 1800, 3600].map((seconds) => seconds * SECOND_MS);
/** Least time before a further try, by status of the answer. */
const LEAST_MS: Readonly<Record<number, number>> = {
  404: 5 * MINUTE_MS,
  408: 2 * MINUTE_MS,
  503: 30 * SECOND_MS,
};
/** Answers of a webhook that no further try would change. */
const FINAL = [400, 401, 403, 413];

/** What becomes of a delivery after a try. */
export type NextDelivery =
  | { do: 'forget' }
  | { do: 'retry'; delayMs: number }
  | { do: 'drop'; reason: 'MaxDeliveryAttemptsExceeded' | 'TimeToLiveExceeded' | 'Undeliverable' };

export interface DeliveryTry {
  /** Of the answer; `undefined` when none came within the time. */
  status: number | undefined;
  /** Tries so far, this one included. */
  attempts: number;
  maxAttempts: number;
  /** Since the event was published. */
  ageMs: number;
  timeToLiveMs: number;
  /** What the service's times are multiplied with. */
  scale: number;
}

/**
 * Decides by the service's rules (https://learn.microsoft.com/azure/event-grid/delivery-and-retry): 200 to 204 is done,
 * 400, 401, 403 and 413 are never tried again, the rest is, later each time, until attempts or time are spent. Pure.
 */
export function decideNextDelivery(last: DeliveryTry): NextDelivery {
  const { status, attempts, maxAttempts, ageMs, timeToLiveMs, scale } = last;
  if (status !== undefined && status >= 200 && status <= 204) return { do: 'forget' };
  if (status !== undefined && FINAL.includes(status)) return { do: 'drop', reason: 'Undeliverable' };
  if (attempts >= maxAttempts) return { do: 'drop', reason: 'MaxDeliveryAttemptsExceeded' };
  const scheduledMs = SCHEDULE_MS[Math.min(attempts, SCHEDULE_MS.length) - 1] ?? 0;
  const delayMs = Math.max(scheduledMs, LEAST_MS[status ?? 0] ?? 0) * scale;
  if (ageMs + delayMs > timeToLiveMs) return { do: 'drop', reason: 'TimeToLiveExceeded' };
  return { do: 'retry', delayMs };
}

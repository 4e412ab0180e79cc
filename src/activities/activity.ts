import type { ActivityInput, ActivityName, ActivityResult, ActivityValue } from '../domain/activities.ts';
import { TransferError, toFailure } from '../domain/errors.ts';
import type { Services } from './services.ts';

/** An activity before it is wrapped: throws what goes wrong. */
export type Activity<N extends ActivityName> = (
  services: Services,
  input: ActivityInput<N>,
) => Promise<ActivityValue<N>>;

/**
 * Runs an activity and turns what it throws into plain data, so that nothing but data crosses to the orchestrator.
 * Credentials and URLs are redacted on the way (`toFailure`).
 */
export async function runActivity<N extends ActivityName>(
  activity: Activity<N>,
  services: Services,
  input: ActivityInput<N>,
): Promise<ActivityResult<ActivityValue<N>>> {
  try {
    return { ok: true, value: await activity(services, input) };
  } catch (error) {
    const retryAfterMs = error instanceof TransferError ? error.retryAfterMs : undefined;
    return { ok: false, failure: toFailure(error), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
}

/** The value, or an error that says what was expected to be there. */
export function required<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw new TransferError(`${what} is missing from the record.`, { class: 'service', code: 'RECORD_MISSING' });
}

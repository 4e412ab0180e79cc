import type { OrchestrationContext } from 'durable-functions';
import type { ActivityResult } from '../domain/activities.ts';
import { CANCELED, type Halt } from '../domain/control.ts';
import { callActivity, callChild, type Step } from './call.ts';

/**
 * Waits until the next step of a transfer may begin: through a pause, in a child under `waitId`.
 * @returns the failure `CANCELED` when it may not any more
 */
export function* mayBegin(context: OrchestrationContext, transfer: string, waitId: string): Step<ActivityResult<null>> {
  const read = yield* callActivity(context, 'readControl', { transfer });
  return read.ok ? yield* passHalt(context, transfer, read.value, waitId) : read;
}

/** As {@link mayBegin}, for who knows already what the control says. */
export function* passHalt(
  context: OrchestrationContext,
  transfer: string,
  halt: Halt | null,
  waitId: string,
): Step<ActivityResult<null>> {
  if (halt === 'Paused') {
    const resumed = yield* callChild(context, 'awaitResume', { transfer }, waitId);
    if (!resumed.ok) return resumed;
    halt = resumed.value;
  }
  return halt === 'Canceled' ? { ok: false, failure: CANCELED } : { ok: true, value: null };
}

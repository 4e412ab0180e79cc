import type { OrchestrationContext } from 'durable-functions';
import type { ActivityResult } from '../domain/activities.ts';
import { CANCELED, type Notice, STOPPED } from '../domain/transfer/control.ts';
import { callActivity, callChild, insist, type Step, wait } from './call.ts';

/**
 * Waits until the next step of a transfer may begin: through a pause, in a child under `waitId`. A step that `isNew`
 * begins a batch: after a failure that stops the transfer it may not.
 * @returns the failure `CANCELED` or `STOPPED` when it may not any more
 */
export function* mayBegin(
  context: OrchestrationContext,
  transfer: string,
  waitId: string,
  isNew: boolean,
): Step<ActivityResult<null>> {
  const read = yield* insist(context, 'readControl', { transfer });
  return read.ok ? yield* passHalt(context, transfer, read.value, waitId, isNew) : read;
}

/** As {@link mayBegin}, for who knows already what the control says. */
export function* passHalt(
  context: OrchestrationContext,
  transfer: string,
  halt: Notice | null,
  waitId: string,
  isNew = false,
): Step<ActivityResult<null>> {
  if (halt === 'Paused') {
    const resumed = yield* callChild(context, 'awaitResume', { transfer }, waitId);
    if (!resumed.ok) return resumed;
    halt = resumed.value;
  }
  if (halt === 'Canceled') return { ok: false, failure: CANCELED };
  return halt === 'Stopped' && isNew ? { ok: false, failure: STOPPED } : { ok: true, value: null };
}

/** The longest that a cancel goes unnoticed while there is nothing to do but wait. */
const LOOK_AGAIN_MS = 60_000;

/** Waits as long as asked; a longer wait ends early when the transfer is canceled. */
export function* waitUnlessCanceled(context: OrchestrationContext, transfer: string, delayMs: number): Step<void> {
  let leftMs = delayMs;
  for (; leftMs > LOOK_AGAIN_MS; leftMs -= LOOK_AGAIN_MS) {
    yield* wait(context, LOOK_AGAIN_MS);
    const read = yield* callActivity(context, 'readControl', { transfer });
    if (read.ok && read.value === 'Canceled') return;
  }
  yield* wait(context, leftMs);
}

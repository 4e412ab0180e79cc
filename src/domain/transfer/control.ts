import { z } from 'zod';
import type { Failure } from '../errors.ts';

const mark = z.object({ at: z.string() }).nullable().default(null);

/** `control.json` of a record: what callers, or a failure, have asked of a transfer. Times are ISO 8601. */
export const controlSchema = z.object({
  /** Why no new batch may start. */
  stop: z.object({ reason: z.literal('Failure'), at: z.string() }).nullable(),
  /** Asked to end: nothing new starts, and what has not arrived by then is `Canceled`. */
  cancel: mark,
  /** Asked to hold: nothing new starts until it is taken back. */
  pause: mark,
  /** Asked to be deleted, after its end. */
  deletion: mark,
  /** What of it was deleted before the rest, as the route's `retention` says. */
  removed: z.object({ archives: z.boolean(), runs: z.boolean() }).default({ archives: false, runs: false }),
});
export type Control = z.infer<typeof controlSchema>;

/** The control of a transfer of which nothing was asked. */
export const NO_CONTROL: Control = controlSchema.parse({ stop: null });

/** What may be asked of a transfer. Asking the same again is fine while it is not in a final state. */
export const CONTROL_ACTIONS = ['cancel', 'pause', 'resume'] as const;
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

/** Why the next step may not begin. */
export type Halt = 'Canceled' | 'Paused';

/** Whether the next step may begin (`null`). A transfer that was canceled while it was paused is canceled. */
export function haltOf({ cancel, pause }: Control): Halt | null {
  if (cancel) return 'Canceled';
  return pause ? 'Paused' : null;
}

/** What a control says to who may begin something: a {@link Halt}, or that no new batch may start. */
export type Notice = Halt | 'Stopped';

/** As {@link haltOf}; where nothing is asked of running batches, whether new ones may start. */
export function noticeOf(control: Control): Notice | null {
  return haltOf(control) ?? (control.stop ? 'Stopped' : null);
}

/** Why a step of a canceled transfer did not begin, or was left; no failure of its own. */
export const CANCELED: Failure = {
  class: 'service',
  code: 'CANCELED',
  message: 'The transfer was canceled before this step.',
};

/** Whether a failure is no more than {@link CANCELED}. */
export function isCanceled(failure: Pick<Failure, 'code'>): boolean {
  return failure.code === CANCELED.code;
}

/** Why the first run of a batch did not begin: the transfer had stopped at a failure meanwhile. No failure of its own. */
export const STOPPED: Failure = {
  class: 'service',
  code: 'TRANSFER_STOPPED',
  message: 'The transfer stopped at a failure before this batch had begun.',
};

/** Whether a failure is no more than {@link STOPPED}. */
export function isStopped(failure: Pick<Failure, 'code'>): boolean {
  return failure.code === STOPPED.code;
}

import type { OrchestrationContext } from 'durable-functions';
import type { ActivityResult, Orchestrators, PagedActivity } from '../domain/activities.ts';
import { instanceIds } from '../domain/names.ts';
import type { Halt } from '../domain/transfer/control.ts';
import { callActivity, type Step } from './call.ts';
import { passHalt } from './may-begin.ts';

type Input = Orchestrators['workPages']['input'];

/** Pauses that were waited through at one place of a transfer. */
export interface Waits {
  place: string;
  count: number;
}

/** At most 20 pages of a transfer's list, one after the other; it exists to keep the history of `transfer` short. */
export function* workPagesOrchestrator(context: OrchestrationContext): Step<ActivityResult<null>> {
  const { transfer, activity, first, last } = context.df.getInput<Input>();
  const waits = { place: `${activity}-${first}`, count: 0 };
  return yield* workPages(context, { transfer, activity, first, last }, waits);
}

/** Has the pages worked on in order; ends with the first failure, which a cancel is too. */
export function* workPages(
  context: OrchestrationContext,
  { transfer, activity, first, last }: Input,
  waits: Waits,
): Step<ActivityResult<null>> {
  for (let page = first; page <= last; page++) {
    const done = yield* passPauses(context, transfer, activity, page, waits);
    if (!done.ok) return done;
  }
  return { ok: true, value: null };
}

/** Has a page worked on; when the transfer is paused, after that. */
function* passPauses(
  context: OrchestrationContext,
  transfer: string,
  name: PagedActivity,
  page: number,
  waits: Waits,
): Step<ActivityResult<null>> {
  for (;;) {
    const done = yield* callActivity(context, name, { transfer, page });
    if (!done.ok || done.value === null) return done.ok ? { ok: true, value: null } : done;
    const passed = yield* waitOut(context, transfer, done.value, waits);
    if (!passed.ok) return passed;
  }
}

/** Waits through a pause; fails when the transfer is canceled. */
export function* waitOut(
  context: OrchestrationContext,
  transfer: string,
  halt: Halt,
  waits: Waits,
): Step<ActivityResult<null>> {
  waits.count += 1;
  return yield* passHalt(context, transfer, halt, instanceIds.pause(transfer, waits.place, waits.count));
}

import type { OrchestrationContext } from 'durable-functions';
import type { ActivityResult, Orchestrators } from '../domain/activities.ts';
import { isCanceled } from '../domain/control.ts';
import { isSourceRefused } from '../domain/copy-mode.ts';
import { type CopyPlan, countSlices } from '../domain/copy-plan.ts';
import { callActivity, type Step } from './call.ts';

type Input = Orchestrators['copyArchive']['input'];
type Output = Orchestrators['copyArchive']['output'];

/**
 * Copies an archive to the target's container in slices of blocks. A slice that is run again skips the blocks that are
 * staged already. Where the target's service refuses to read the source, the copy begins anew, streamed by the app.
 */
export function* copyArchiveOrchestrator(context: OrchestrationContext): Step<Output> {
  const input = context.df.getInput<Input>();
  const first = yield* copyOnce(context, input, 'auto');
  if (first.ok || !isSourceRefused(first.failure)) return first;
  return yield* copyOnce(context, input, 'stream');
}

function* copyOnce(context: OrchestrationContext, input: Input, mode: 'auto' | 'stream'): Step<Output> {
  const begun = yield* callActivity(context, 'beginCopy', { ...input, mode });
  if (!begun.ok) return begun;
  if (begun.value === null) return { ok: true, value: null };
  const copied = yield* copySlices(context, input, begun.value);
  return copied.ok ? yield* callActivity(context, 'commitCopy', { ...input, plan: begun.value }) : copied;
}

function* copySlices(context: OrchestrationContext, input: Input, plan: CopyPlan): Step<ActivityResult<null>> {
  for (let slice = 0; slice < countSlices(plan); slice++) {
    const copied = yield* callActivity(context, 'copySlice', { ...input, plan, slice });
    if (copied.ok) continue;
    if (isCanceled(copied.failure)) yield* callActivity(context, 'discardCopy', input);
    return copied;
  }
  return { ok: true, value: null };
}

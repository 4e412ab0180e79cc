import type { OrchestrationContext } from 'durable-functions';
import type { Orchestrators } from '../domain/activities.ts';
import { isSourceRefused } from '../domain/plan/copy-mode.ts';
import { type CopyPosition, countSlices } from '../domain/plan/copy-plan.ts';
import { isCanceled } from '../domain/transfer/control.ts';
import { callActivity, type Step } from './call.ts';

type Input = Orchestrators['copyArchive']['input'];
type Archive = Omit<Input, 'resume'>;
type Output = Orchestrators['copyArchive']['output'];

/** Slices after which the orchestrator starts anew, so that its history does not grow with the archive. */
const MAX_SLICES = 50;

/**
 * Copies an archive to the target's container in slices of blocks. A slice that is run again skips the blocks that are
 * staged already. Where the target's service refuses to read the source, the copy begins anew, streamed by the app.
 */
export function* copyArchiveOrchestrator(context: OrchestrationContext): Step<Output | undefined> {
  const { resume, ...input } = context.df.getInput<Input>();
  const first = resume ? yield* copyFrom(context, input, resume) : yield* copyOnce(context, input, 'auto');
  if (!first || first.ok || !isSourceRefused(first.failure)) return first;
  return yield* copyOnce(context, input, 'stream');
}

function* copyOnce(context: OrchestrationContext, input: Archive, mode: 'auto' | 'stream'): Step<Output | undefined> {
  const begun = yield* callActivity(context, 'beginCopy', { ...input, mode });
  if (!begun.ok) return begun;
  if (begun.value === null) return { ok: true, value: null };
  return yield* copyFrom(context, input, { plan: begun.value, slice: 0 });
}

/** The slices from one on, and the commit; `undefined` when the orchestrator starts anew instead. */
function* copyFrom(context: OrchestrationContext, input: Archive, from: CopyPosition): Step<Output | undefined> {
  const { plan } = from;
  for (let { slice } = from; slice < countSlices(plan); slice++) {
    if (slice - from.slice === MAX_SLICES) {
      context.df.continueAsNew({ ...input, resume: { plan, slice } });
      return undefined;
    }
    const copied = yield* callActivity(context, 'copySlice', { ...input, plan, slice });
    if (copied.ok) continue;
    if (isCanceled(copied.failure)) yield* callActivity(context, 'discardCopy', input);
    return copied;
  }
  return yield* callActivity(context, 'commitCopy', { ...input, plan });
}

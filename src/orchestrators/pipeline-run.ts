import type { OrchestrationContext } from 'durable-functions';
import type { Orchestrators, RunState } from '../domain/activities.ts';
import { formatRunName } from '../domain/names.ts';
import type { Step } from './call.ts';
import { followToEnd } from './follow-run.ts';
import { awaitSlot, keepSlot, releaseSlot, type SlotKeeper } from './slot.ts';

type Input = Orchestrators['pipelineRun']['input'];
type Output = Orchestrators['pipelineRun']['output'];

/**
 * Asks for a run of an export or import pipeline and follows it to its end, or until its deadline has passed. Starting
 * anew asks again, which only finds the run that is there. With a budget of its registry it waits for a slot before, and
 * gives it back whatever comes of the run; one that ends by force leaves it to the lease.
 */
export function* pipelineRunOrchestrator(context: OrchestrationContext): Step<Output | undefined> {
  const input = context.df.getInput<Input>();
  const { slots: budget, owner, waitingSince } = input;
  const run = input.run ?? formatRunName(input.direction, input.key);
  if (budget === undefined) return yield* followRun(context, input, run);
  const isStarting = input.startedAt === undefined;
  if (isStarting) {
    const isFirst = input.direction === 'export' && input.key.attempt === 1;
    const got = yield* awaitSlot(context, { budget, run, owner, isFirst, waitingSince });
    if (!got.ok) return got;
    if (got.value !== null) {
      context.df.continueAsNew({ ...input, waitingSince: got.value });
      return undefined;
    }
  }
  const ended = yield* followRun(context, input, run, keepSlot(context, { budget, run }, isStarting));
  if (ended !== undefined) releaseSlot(context, { budget, run });
  return ended;
}

function* followRun(
  context: OrchestrationContext,
  { unseen, ...input }: Input,
  run: string,
  keeper?: SlotKeeper,
): Step<Output | undefined> {
  const { timeoutMs, startedAt = context.df.currentUtcDateTime.toISOString(), slots, waitingSince, ...request } = input;
  const asksAgain = unseen === true;
  const isSeen = input.startedAt !== undefined && !asksAgain;
  const followed = yield* followToEnd(context, { run, request, startedAt, timeoutMs, keeper, isSeen, asksAgain });
  if ('anew' in followed) {
    context.df.continueAsNew({ ...input, startedAt, ...(followed.isSeen ? {} : { unseen: true }) });
    return undefined;
  }
  return followed.end.ok ? endOf(followed.end.value) : followed.end;
}

function endOf(state: RunState): Output {
  if (state.succeeded) return { ok: true, value: { catalogDigest: state.catalogDigest } };
  const unknown = { class: 'service', code: 'RUN_FAILED', message: `The run ended as ${state.status}.` } as const;
  return { ok: false, failure: state.failure ?? unknown };
}

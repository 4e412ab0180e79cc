import type { OrchestrationContext } from 'durable-functions';
import type { ActivityResult, Orchestrators, RunState } from '../domain/activities.ts';
import { formatRunName } from '../domain/names.ts';
import { decidePollDelayMs } from '../domain/retry.ts';
import { elapsedMs } from '../domain/time.ts';
import { callActivity, type Step, wait } from './call.ts';
import { awaitSlot, keepSlot, releaseSlot, type SlotKeeper } from './slot.ts';

type Input = Orchestrators['pipelineRun']['input'];
type Output = Orchestrators['pipelineRun']['output'];

/** Reads of a run after which the orchestrator starts anew, so that its history does not grow with the run's length. */
const MAX_READS = 40;

/**
 * Asks for a run of an export or import pipeline and follows it to its end, or until its deadline has passed. Starting
 * anew asks again, which only finds the run that is there. With a budget of its registry it waits for a slot before, and
 * gives it back whatever comes of the run; one that ends by force leaves it to the lease.
 */
export function* pipelineRunOrchestrator(context: OrchestrationContext): Step<Output | undefined> {
  const input = context.df.getInput<Input>();
  const { slots: budget } = input;
  const run = input.run ?? formatRunName(input.direction, input.key);
  if (budget === undefined) return yield* followRun(context, input, run);
  const isStarting = input.startedAt === undefined;
  if (isStarting) {
    const got = yield* awaitSlot(context, { budget, run, owner: input.owner, waitingSince: input.waitingSince });
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
  input: Input,
  run: string,
  keeper?: SlotKeeper,
): Step<Output | undefined> {
  const { timeoutMs, startedAt = context.df.currentUtcDateTime.toISOString(), slots, waitingSince, ...request } = input;
  let state = yield* callActivity(context, 'startRun', request);
  for (let reads = 0; state.ok && !state.value.isFinal; reads++) {
    if (reads === MAX_READS) {
      context.df.continueAsNew({ ...input, startedAt });
      return undefined;
    }
    const elapsed = elapsedMs(startedAt, context.df.currentUtcDateTime);
    if (elapsed >= timeoutMs) return timedOut(run, timeoutMs, state.value);
    const delayMs = decidePollDelayMs(elapsed, state.value.retryAfterMs);
    keeper?.beforeWait(delayMs);
    yield* wait(context, delayMs);
    state = yield* callActivity(context, 'readRun', { ...request, operationUrl: state.value.operationUrl });
  }
  return state.ok ? endOf(state.value) : state;
}

function endOf(state: RunState): Output {
  if (state.succeeded) return { ok: true, value: { catalogDigest: state.catalogDigest } };
  const unknown = { class: 'service', code: 'RUN_FAILED', message: `The run ended as ${state.status}.` } as const;
  return { ok: false, failure: state.failure ?? unknown };
}

function timedOut(run: string, timeoutMs: number, last: RunState): ActivityResult<never> {
  const message = `Run ${run} was still ${last.status ?? 'unknown'} after ${timeoutMs / 60_000} minutes.`;
  return { ok: false, failure: { class: 'service', code: 'RUN_TIMEOUT', message } };
}

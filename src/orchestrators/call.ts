import type { OrchestrationContext, Task } from 'durable-functions';
import type {
  ActivityInput,
  ActivityName,
  ActivityResult,
  ActivityValue,
  OrchestratorName,
  Orchestrators,
} from '../domain/activities.ts';
import { ACTIVITY_RETRY, decideRetryDelayMs } from '../domain/retry.ts';
import { addMs } from '../domain/time.ts';

const MAX_ROUNDS = 60;
const ROUND_MS = 60_000;

/** A step of an orchestrator: yields Durable tasks, gets their results, returns `T`. */
export type Step<T> = Generator<Task, T, unknown>;

/**
 * Calls an activity by name, typed. A transient failure is tried again after a durable timer, by `ACTIVITY_RETRY`;
 * every other failure, and the last transient one, is returned as data. Never throws.
 */
export function* callActivity<N extends ActivityName>(
  context: OrchestrationContext,
  name: N,
  input: ActivityInput<N>,
): Step<ActivityResult<ActivityValue<N>>> {
  return yield* retried(context, () => callOnce(context, name, input));
}

/** Tries by `ACTIVITY_RETRY`: a transient failure is followed by a durable timer and another try, the last one returned. */
export function* retried<T>(
  context: OrchestrationContext,
  once: () => Step<ActivityResult<T>>,
): Step<ActivityResult<T>> {
  for (let attempt = 1; ; attempt++) {
    const result = yield* once();
    if (result.ok) return result;
    const delayMs = decideRetryDelayMs(ACTIVITY_RETRY, attempt, result.failure, result.retryAfterMs);
    if (delayMs === undefined) return result;
    yield* wait(context, delayMs);
  }
}

/** Calls an activity once. One that the host lost is a transient failure. Never throws. */
export function* callOnce<N extends ActivityName>(
  context: OrchestrationContext,
  name: N,
  input: ActivityInput<N>,
): Step<ActivityResult<ActivityValue<N>>> {
  try {
    return (yield context.df.callActivity(name, input)) as ActivityResult<ActivityValue<N>>;
  } catch (error) {
    // Activities return their failures; what is thrown is a fault of the host (a worker that died, a time-out) or of the
    // program. All may run twice, so the former is tried again.
    const message = `${name}: ${messageOf(error)}`;
    return { ok: false, failure: { class: 'transient', code: 'ACTIVITY_FAILED', message } };
  }
}

/**
 * As {@link callActivity}, for what must not be lost to an outage: a transient failure is tried again every minute,
 * for an hour.
 */
export function* insist<N extends ActivityName>(
  context: OrchestrationContext,
  name: N,
  input: ActivityInput<N>,
): Step<ActivityResult<ActivityValue<N>>> {
  for (let round = 1; ; round++) {
    const result = yield* callActivity(context, name, input);
    if (result.ok || result.failure.class !== 'transient' || round === MAX_ROUNDS) return result;
    yield* wait(context, ROUND_MS);
  }
}

/** Waits by a durable timer. */
export function* wait(context: OrchestrationContext, delayMs: number): Step<void> {
  yield context.df.createTimer(addMs(context.df.currentUtcDateTime, delayMs));
}

/** A task that runs another orchestrator as a child with a derived instance id. */
export function startChild<N extends OrchestratorName>(
  context: OrchestrationContext,
  name: N,
  input: Orchestrators[N]['input'],
  instanceId: string,
): Task {
  return context.df.callSubOrchestrator(name, input, instanceId);
}

/** Runs a child that answers with an {@link ActivityResult}; a child that throws becomes a failure. */
export function* callChild<N extends 'pipelineRun' | 'copyArchive' | 'awaitResume' | 'workPages'>(
  context: OrchestrationContext,
  name: N,
  input: Orchestrators[N]['input'],
  instanceId: string,
): Step<Orchestrators[N]['output']> {
  try {
    return (yield startChild(context, name, input, instanceId)) as Orchestrators[N]['output'];
  } catch (error) {
    const message = `${name} ${instanceId}: ${messageOf(error)}`;
    return { ok: false, failure: { class: 'service', code: 'ORCHESTRATOR_FAILED', message } };
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import type { OrchestrationContext } from 'durable-functions';
import type { ActivityResult, RunRequest, RunState } from '../domain/activities.ts';
import type { Failure } from '../domain/errors.ts';
import { ACTIVITY_RETRY, decidePollDelayMs, outageDelayMs } from '../domain/retry.ts';
import { elapsedMs } from '../domain/time.ts';
import { callOnce, type Step, wait } from './call.ts';
import { readHalt, type SlotKeeper } from './slot.ts';

/** Reads of a run after which the orchestrator starts anew, so that its history does not grow with the run's length. */
const MAX_READS = 40;

/** What is to be followed, and how long. */
export interface Watch {
  /** Name of the run. */
  run: string;
  request: RunRequest;
  /** ISO 8601. */
  startedAt: string;
  timeoutMs: number;
  keeper: SlotKeeper | undefined;
  /** Somebody has told that the run is there. */
  isSeen: boolean;
  /** The orchestrator has started anew since it first asked, and nobody had told that by then. */
  asksAgain: boolean;
}

/** How a run ended; or that the orchestrator has to start anew to follow it further. */
export type Followed = { end: ActivityResult<RunState> } | { anew: true; isSeen: boolean };

type Told = ActivityResult<RunState> | undefined;
type Call = (tries: number) => Step<ActivityResult<RunState>>;

/**
 * Asks for a run and follows it to its end, or until its time is over. While nobody can tell how it is, it goes on all the
 * same: who left it would let another attempt begin beside it. So an outage, and a right that the app has lost, are
 * waited out for as long as the run may take.
 */
export function* followToEnd(context: OrchestrationContext, given: Watch): Step<Followed> {
  const watch = { ...given, readsLeft: MAX_READS };
  let told = yield* untilTold(context, watch, (tries) => askFor(context, watch, tries));
  while (told?.ok && !told.value.isFinal) {
    watch.isSeen = true;
    if (watch.readsLeft <= 0) return { anew: true, isSeen: true };
    const { value } = told;
    const elapsed = elapsedOf(context, watch);
    if (elapsed >= watch.timeoutMs) {
      return { end: timedOut(`Run ${watch.run} was still ${value.status ?? 'unknown'} after ${minutesOf(watch)}.`) };
    }
    watch.readsLeft--;
    yield* keepAndWait(context, watch, decidePollDelayMs(elapsed, value.retryAfterMs));
    const { operationUrl } = value;
    told = yield* untilTold(context, watch, () => callOnce(context, 'readRun', { ...watch.request, operationUrl }));
  }
  return told === undefined ? { anew: true, isSeen: watch.isSeen } : { end: told };
}

interface Watching extends Watch {
  readsLeft: number;
}

/**
 * Calls until that tells how the run is: again after each failure that says nothing of the run, by the delays of
 * {@link ACTIVITY_RETRY}, which grow to a minute. A run that is said to be gone may show a little later.
 * @returns `undefined` when the orchestrator has to start anew for it
 */
function* untilTold(context: OrchestrationContext, watch: Watching, call: Call): Step<Told> {
  for (let tries = 1, absences = 0; ; tries++) {
    const told = yield* call(tries);
    if (told.ok) return told;
    absences = told.failure.code === 'RUN_GONE' ? absences + 1 : 0;
    if (!isSilence(told.failure, watch) || absences === ACTIVITY_RETRY.attempts) return told;
    if (tries >= ACTIVITY_RETRY.attempts) {
      if (elapsedOf(context, watch) >= watch.timeoutMs) return neverTold(watch, told.failure);
      if (watch.readsLeft-- <= 0) return undefined;
    }
    yield* keepAndWait(context, watch, outageDelayMs(tries, told.retryAfterMs));
  }
}

/**
 * Whether a failure leaves open how the run is. A request that was denied has started nothing; a run that was seen goes
 * on whatever the app may read.
 */
function isSilence({ class: failureClass }: Failure, { isSeen }: Watch): boolean {
  return failureClass === 'transient' || (failureClass === 'access' && isSeen);
}

/**
 * Asks for the run. What was asked before may have arrived though its answer did not: then asking again finds it. After
 * a while of that, a transfer that has been canceled or paused meanwhile is only told whether the run is there.
 */
function* askFor(context: OrchestrationContext, watch: Watch, tries: number): Step<ActivityResult<RunState>> {
  const { request } = watch;
  if (!watch.asksAgain && tries <= ACTIVITY_RETRY.attempts) return yield* callOnce(context, 'startRun', request);
  const halt = yield* readHalt(context, request.owner);
  // A batch that has asked for a run has begun: a failure elsewhere does not stop it any more.
  const mayAsk = halt.ok && (halt.value === null || halt.value === 'Stopped');
  if (mayAsk) return yield* callOnce(context, 'startRun', request);
  return yield* callOnce(context, 'readRun', { ...request, operationUrl: null });
}

function* keepAndWait(context: OrchestrationContext, { keeper }: Watch, delayMs: number): Step<void> {
  keeper?.beforeWait(delayMs);
  yield* wait(context, delayMs);
}

function elapsedOf(context: OrchestrationContext, { startedAt }: Watch): number {
  return elapsedMs(startedAt, context.df.currentUtcDateTime);
}

function minutesOf({ timeoutMs }: Watch): string {
  return `${timeoutMs / 60_000} minutes`;
}

/** The service's correlation id and the side stay. */
function neverTold(watch: Watch, failure: Failure): ActivityResult<never> {
  const what = watch.isSeen
    ? `Run ${watch.run} could not be read any more when its ${minutesOf(watch)} were over, and may still go on`
    : `Run ${watch.run} could be neither asked for nor read in ${minutesOf(watch)}`;
  return timedOut(`${what}: ${failure.code}: ${failure.message}`, failure);
}

function timedOut(message: string, more: Partial<Failure> = {}): ActivityResult<never> {
  return { ok: false, failure: { ...more, class: 'service', code: 'RUN_TIMEOUT', message } };
}

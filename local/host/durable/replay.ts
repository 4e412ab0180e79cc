import type { InputDatum, RegisteredFunction } from '../app-model.ts';
import { stackOf } from '../errors.ts';
import type { Invoker } from '../invoke.ts';
import { jsonText, objectData, parseJson } from '../typed-data.ts';
import { findDivergence } from './determinism.ts';
import { requestIds } from './entity-request.ts';
import type { LoadedHistory } from './history-cache.ts';
import { EventType, type FailureDetails, type HistoryEvent } from './history-events.ts';
import type { InstanceRow } from './instance-row.ts';
import { ActionType, type NumberedStep, type Observation, observeReplay } from './numbering.ts';
import type { TaskAction } from './task-action.ts';
import { triggerInput } from './trigger-input.ts';

/** How an episode ended. Outputs and inputs are JSON text. */
export type EpisodeOutcome =
  | { kind: 'waiting' }
  | { kind: 'completed'; output: string }
  | { kind: 'failed'; message: string; details: string; failureDetails?: FailureDetails }
  | { kind: 'continued'; input: string | null; unseenEvents: HistoryEvent[] };

/** What came out of a replay: the outcome, every step with its number, and a new custom status where one was set. */
export interface Replay {
  outcome: EpisodeOutcome;
  steps: (NumberedStep | undefined)[];
  customStatus: string | undefined;
}

interface OrchestratorState {
  isDone: boolean;
  actions: TaskAction[][];
  output?: unknown;
  error?: string;
  customStatus?: unknown;
  failureDetails?: FailureDetails;
}

const FAILURE_MARKER = '$OutOfProcData$:';

/** An orchestrator with the inputs that it gets besides its history. */
export interface ReplayTarget {
  invoker: Invoker;
  fn: RegisteredFunction;
  bindingName: string;
  otherInputs: InputDatum[];
  httpPollIntervalMs: number;
}

/**
 * Replays an orchestrator: its stored history first, then the events of this episode. What goes wrong in the app,
 * a step that differs from the history among it, is a failed outcome.
 */
export async function replay(
  target: ReplayTarget,
  instance: InstanceRow,
  history: LoadedHistory,
  fresh: readonly HistoryEvent[],
): Promise<Replay> {
  const events = [...history.events, ...fresh];
  const input = triggerInput(
    instance,
    parseJson(instance.input),
    events,
    history.events.length,
    target.httpPollIntervalMs,
  );
  const { state, error, observation } = await run(target, input);
  const { steps, executor, processedEvents } = observation;
  const customStatus = state.customStatus === undefined ? undefined : jsonText(state.customStatus);
  const divergence = executor && findDivergence(instance.name, instance.id, history.scheduled, steps);
  if (divergence !== undefined) {
    return { outcome: { kind: 'failed', message: divergence, details: divergence }, steps: [], customStatus };
  }
  if (error !== undefined) return { outcome: failedOutcome(state, error, executor?.exception), steps, customStatus };
  const deferred = executor?.deferredTasks ?? {};
  return { outcome: outcomeOf(state, () => unseenEvents(events, processedEvents, deferred)), steps, customStatus };
}

async function run(
  { invoker, fn, bindingName, otherInputs }: ReplayTarget,
  input: object,
): Promise<{ state: OrchestratorState; error?: unknown; observation: Observation }> {
  let observation: Observation = { steps: [], processedEvents: 0, executor: undefined };
  try {
    const state = await invoker.callForResult(fn, {
      inputData: [{ name: bindingName, data: objectData(input) }, ...otherInputs],
      onContext: (context) => {
        observation = observeReplay(context);
      },
    });
    return { state: state as OrchestratorState, observation };
  } catch (error) {
    return { state: stateOfFailure(error), error: error ?? new Error('the orchestrator threw nothing'), observation };
  }
}

function outcomeOf(state: OrchestratorState, unseen: () => HistoryEvent[]): EpisodeOutcome {
  const again = state.actions[0]?.find((action) => action.actionType === ActionType.ContinueAsNew);
  if (again !== undefined) return { kind: 'continued', input: encodedInput(again.input), unseenEvents: unseen() };
  if (state.isDone) return { kind: 'completed', output: jsonText(state.output) };
  return { kind: 'waiting' };
}

/** The package has turned a text into JSON text by itself; other values are still raw. */
export function encodedInput(input: unknown): string | null {
  if (input === undefined) return null;
  return typeof input === 'string' ? input : jsonText(input);
}

function stateOfFailure(thrown: unknown): OrchestratorState {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const marker = message.indexOf(FAILURE_MARKER);
  if (marker < 0) return { isDone: false, actions: [[]], error: message };
  return JSON.parse(message.slice(marker + FAILURE_MARKER.length)) as OrchestratorState;
}

function failedOutcome(state: OrchestratorState, thrown: unknown, exception: unknown): EpisodeOutcome {
  const cause = exception ?? thrown;
  const message = state.error ?? (cause instanceof Error ? cause.name : String(cause));
  const { failureDetails } = state;
  return { kind: 'failed', message, details: stackOf(cause), ...(failureDetails ? { failureDetails } : {}) };
}

/**
 * The external events that a continuing orchestrator has not consumed: those behind the point where it stopped, and
 * those that nobody waited for. Of the latter the package knows how many; they are the last of their name.
 */
export function unseenEvents(
  events: readonly HistoryEvent[],
  processedEvents: number,
  deferred: Readonly<Record<string, unknown[]>>,
): HistoryEvent[] {
  const entityAnswers = requestIds(events);
  const remaining = new Map(Object.entries(deferred).map(([name, answers]) => [name, answers.length]));
  const unseen: HistoryEvent[] = [];
  for (let index = events.length - 1; index >= 0; index--) {
    const event = events[index];
    if (event?.EventType !== EventType.EventRaised || event.Name === undefined) continue;
    if (entityAnswers.has(event.Name)) continue;
    const count = remaining.get(event.Name) ?? 0;
    if (index < processedEvents && count === 0) continue;
    if (index < processedEvents) remaining.set(event.Name, count - 1);
    unseen.unshift(event);
  }
  return unseen;
}

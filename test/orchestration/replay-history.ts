import { isDeepStrictEqual } from 'node:util';
import { DummyOrchestrationContext, type OrchestrationHandler } from 'durable-functions';
import { createOrchestrator, type DurableOrchestrationInput } from 'durable-functions/lib/src/util/testingUtils.js';
import { findDivergence } from '../../local/host/durable/determinism.ts';
import { EventType, type HistoryEvent, isSchedulingEvent } from '../../local/host/durable/history-events.ts';
import { observeReplay } from '../../local/host/durable/numbering.ts';
import { triggerInput } from '../../local/host/durable/trigger-input.ts';
import type { RecordedHistory } from './recorded-history.ts';

/** Events that tell how an instance ended: a replay is to come to that by itself. */
const ENDS: readonly number[] = [
  EventType.ExecutionCompleted,
  EventType.ExecutionFailed,
  EventType.ExecutionTerminated,
  EventType.ContinueAsNew,
];

interface State {
  isDone: boolean;
  output?: unknown;
}

/**
 * Replays a recorded history by an orchestrator as it is now. Gives the sentence for what differs, with orchestrator and
 * step, or `undefined` when every step is taken again and it ends as it did.
 */
export async function replayHistory(
  orchestrator: OrchestrationHandler,
  recorded: RecordedHistory,
): Promise<string | undefined> {
  const { orchestrator: name, instanceId: id, parentId, input, status } = recorded;
  const events = recorded.events.filter(({ EventType: type }) => !ENDS.includes(type));
  const context = new DummyOrchestrationContext(name, 'invocation', () => undefined);
  const observation = observeReplay(context);
  // The clock that the package gives is the history's; an object of its own, since it is changed in place.
  const trigger = triggerInput({ id, parentId }, input, structuredClone(events), events.length, 30_000);
  const returned = await run(orchestrator, trigger as DurableOrchestrationInput, context);
  // What the package throws holds all steps once more; what the orchestrator threw says it shorter.
  const ended = returned instanceof Error ? ((observation.executor?.exception as Error) ?? returned) : returned;
  const scheduled = new Map(events.filter(isSchedulingEvent).map((event) => [event.EventId, event]));
  const divergence = findDivergence(name, id, scheduled, observation.steps);
  if (divergence !== undefined) return divergence;
  const extra = observation.steps.find((step) => !scheduled.has(step.number));
  const whose = `Orchestrator '${name}' (instance '${id}')`;
  if (extra) {
    const what = extra.action.functionName ?? extra.kind;
    return `${whose}: step ${extra.number} is now '${what}', where it had ended as ${status}.`;
  }
  return differenceOfEnd(whose, recorded, ended);
}

function differenceOfEnd(whose: string, recorded: RecordedHistory, ended: State | Error): string | undefined {
  const wasFailure = recorded.status === 'Failed';
  if (ended instanceof Error) {
    return wasFailure ? undefined : `${whose} ended as ${recorded.status} and fails now: ${ended.message}`;
  }
  if (wasFailure || !ended.isDone) {
    return `${whose} had ended as ${recorded.status} after ${countSteps(recorded.events)} steps and ${ended.isDone ? 'succeeds' : 'waits'} now.`;
  }
  const output = plain(ended.output);
  if (isDeepStrictEqual(output, plain(recorded.output))) return undefined;
  return `${whose} gave ${JSON.stringify(recorded.output)} and gives ${JSON.stringify(output)} now.`;
}

async function run(
  orchestrator: OrchestrationHandler,
  trigger: DurableOrchestrationInput,
  context: DummyOrchestrationContext,
): Promise<State | Error> {
  try {
    return (await createOrchestrator(orchestrator)(trigger, context)) as State;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function countSteps(events: readonly HistoryEvent[]): number {
  return events.filter(isSchedulingEvent).length;
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

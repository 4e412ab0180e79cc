import type { InputDatum, RegisteredFunction } from '../app-model.ts';
import { messageOf, stackOf } from '../errors.ts';
import type { Invoker } from '../invoke.ts';
import type { Log } from '../log.ts';
import { commitEpisode, terminate } from './commit.ts';
import type { InboxMessage } from './durable-store.ts';
import type { LoadedHistory } from './history-cache.ts';
import { EventType, type HistoryEvent, historyEvent } from './history-events.ts';
import { type InstanceRow, isFinal } from './instance-row.ts';
import { type Replay, replay } from './replay.ts';
import type { SchedulingParts } from './schedule-steps.ts';

/** What an episode needs. */
export interface EpisodeParts extends SchedulingParts {
  invoker: Invoker;
  log: Log;
  clientInputs(fn: RegisteredFunction): InputDatum[];
  /** What an HTTP call of an orchestrator waits between two polls when the service does not say. */
  httpPollIntervalMs: number;
}

/**
 * Runs one episode of an instance: takes the messages that are due, replays, and commits everything in one transaction.
 * A process that dies in the middle has changed nothing. Throws only for faults of the host itself.
 */
export async function runEpisode(parts: EpisodeParts, id: string): Promise<void> {
  const { store, cache } = parts;
  const inbox = store.dueMessages(id, Date.now());
  if (inbox.length === 0) return;
  const instance = store.instance(id);
  // What comes for a failed instance stays for the case that it is rewound.
  if (instance?.status === 'Failed') return;
  if (instance === undefined || isFinal(instance.status)) {
    store.transaction(() => store.removeMessages(inbox));
    return;
  }
  const history = cache.get(id);
  const events = freshEvents(inbox, instance, history);
  const termination = events.find((event) => event.EventType === EventType.ExecutionTerminated);
  if (termination !== undefined) terminate(parts, instance, history, termination);
  else if (isSuspended(instance, events)) suspend(parts, instance);
  else if (events.length === 0) store.transaction(() => store.removeMessages(inbox));
  else {
    const fresh = [historyEvent(EventType.OrchestratorStarted), ...events];
    const outcome = await replayInstance(parts, instance, history, fresh);
    commitEpisode(parts, { instance, history, fresh }, inbox, outcome);
  }
}

/** Drops what belongs to an older execution or was answered before: messages may come twice. The start comes first. */
function freshEvents(inbox: readonly InboxMessage[], instance: InstanceRow, history: LoadedHistory): HistoryEvent[] {
  const seen = new Set<string>();
  const events: HistoryEvent[] = [];
  for (const { executionId, event } of inbox) {
    if (executionId !== null && executionId !== instance.executionId) continue;
    const key = `${event.TaskScheduledId} ${event.TimerId}`;
    const isAnswer = event.TaskScheduledId !== undefined || event.TimerId !== undefined;
    if (isAnswer && (history.isAnswered(event) || seen.has(key))) continue;
    seen.add(key);
    if (event.EventType === EventType.ExecutionStarted) events.unshift(event);
    else events.push(event);
  }
  return events;
}

function isSuspended(instance: InstanceRow, events: readonly HistoryEvent[]): boolean {
  let isNow = instance.status === 'Suspended';
  for (const { EventType: type } of events) {
    if (type === EventType.ExecutionSuspended) isNow = true;
    if (type === EventType.ExecutionResumed) isNow = false;
  }
  return isNow;
}

/** A suspended instance leaves its messages where they are. */
function suspend({ store }: EpisodeParts, instance: InstanceRow): void {
  if (instance.status === 'Suspended') return;
  store.transaction(() => store.putInstance({ ...instance, status: 'Suspended', updated: new Date().toISOString() }));
}

async function replayInstance(
  parts: EpisodeParts,
  instance: InstanceRow,
  history: LoadedHistory,
  fresh: readonly HistoryEvent[],
): Promise<Replay> {
  const { functions, invoker, log, httpPollIntervalMs } = parts;
  try {
    const { fn, bindingName } = functions.orchestrator(instance.name);
    const target = { invoker, fn, bindingName, otherInputs: parts.clientInputs(fn), httpPollIntervalMs };
    const result = await replay(target, instance, history, fresh);
    if (result.outcome.kind === 'failed') {
      log(
        'error',
        `Function.${instance.name}`,
        `instance '${instance.id}' failed: ${result.outcome.message.split('\n')[0]}`,
      );
    }
    return result;
  } catch (error) {
    const outcome = { kind: 'failed', message: messageOf(error), details: stackOf(error) } as const;
    return { outcome, steps: [], customStatus: undefined };
  }
}

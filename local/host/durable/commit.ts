import { jsonText } from '../typed-data.ts';
import type { InboxMessage } from './durable-store.ts';
import { releaseLocks } from './entity-steps.ts';
import type { LoadedHistory } from './history-cache.ts';
import { EventType, type HistoryEvent, historyEvent } from './history-events.ts';
import type { InstanceRow, RuntimeStatus } from './instance-row.ts';
import type { NumberedStep } from './numbering.ts';
import type { EpisodeOutcome, Replay } from './replay.ts';
import { type Episode, type SchedulingParts, scheduleSteps } from './schedule-steps.ts';
import { newId } from './start-instance.ts';

type Failure = Pick<HistoryEvent, 'Reason' | 'Details' | 'FailureDetails'>;

/** Writes everything an episode did, in one transaction; nothing when the instance was purged or started anew meanwhile. */
export function commitEpisode(
  parts: SchedulingParts,
  episode: Episode,
  inbox: readonly InboxMessage[],
  { outcome, steps, customStatus }: Replay,
): void {
  const { store } = parts;
  const { id, executionId } = episode.instance;
  const instance = { ...episode.instance, customStatus: customStatus ?? episode.instance.customStatus };
  store.transaction(() => {
    store.removeMessages(inbox);
    if (store.instance(id)?.executionId !== executionId) return;
    if (outcome.kind === 'continued') {
      continueAsNew(parts, { ...episode, instance }, outcome, steps);
      return;
    }
    const scheduled = scheduleSteps(parts, episode, steps);
    append(parts, id, episode.history, [...episode.fresh, ...scheduled, ...closingEvents(outcome)]);
    if (outcome.kind === 'waiting') {
      store.putInstance({ ...instance, status: 'Running', updated: new Date().toISOString() });
    } else {
      releaseLocks(parts.scheduler, id, episode.history.events);
      finishEpisode(parts, instance, outcome);
    }
  });
}

/** Should the transaction fail, the history in memory is ahead: whoever runs episodes then drops it from the cache. */
function append(parts: SchedulingParts, id: string, history: LoadedHistory, events: readonly HistoryEvent[]): void {
  parts.store.appendHistory(id, history.events.length, events);
  history.append(events);
}

function closingEvents(outcome: EpisodeOutcome): HistoryEvent[] {
  const completed = historyEvent(EventType.OrchestratorCompleted);
  if (outcome.kind === 'completed') {
    const fields = { OrchestrationStatus: 'Completed', Result: outcome.output };
    return [completed, historyEvent(EventType.ExecutionCompleted, fields)];
  }
  if (outcome.kind === 'failed') {
    const fields = { OrchestrationStatus: 'Failed', Result: jsonText(outcome.message) };
    return [completed, historyEvent(EventType.ExecutionFailed, fields)];
  }
  return [completed];
}

function finishEpisode(parts: SchedulingParts, instance: InstanceRow, outcome: EpisodeOutcome): void {
  if (outcome.kind === 'completed') finish(parts, instance, 'Completed', outcome.output, {});
  if (outcome.kind !== 'failed') return;
  const Reason = `Orchestrator function '${instance.name}' failed: ${outcome.message}`;
  const { failureDetails } = outcome;
  const details = failureDetails === undefined ? {} : { FailureDetails: failureDetails };
  finish(parts, instance, 'Failed', jsonText(Reason), { Reason, Details: outcome.details, ...details });
}

/** Ends an instance: its messages go unless it may be rewound, its parent gets the answer. */
function finish(
  { store, scheduler }: SchedulingParts,
  instance: InstanceRow,
  status: RuntimeStatus,
  output: string,
  failure: Failure,
): void {
  store.putInstance({ ...instance, status, output, updated: new Date().toISOString() });
  if (status !== 'Failed') store.removeInbox(instance.id);
  scheduler.finished(instance.id);
  if (instance.parentId === null || instance.parentStep === null) return;
  const TaskScheduledId = instance.parentStep;
  const answer =
    status === 'Completed'
      ? historyEvent(EventType.SubOrchestrationInstanceCompleted, { TaskScheduledId, Result: output })
      : historyEvent(EventType.SubOrchestrationInstanceFailed, { TaskScheduledId, ...failure });
  scheduler.post(instance.parentId, instance.parentExecutionId, answer);
}

/** Ends an instance at once, without another replay. Its sub-orchestrations go on, as on the real host. */
export function terminate(
  parts: SchedulingParts,
  instance: InstanceRow,
  history: LoadedHistory,
  termination: HistoryEvent,
): void {
  const { store, scheduler } = parts;
  store.transaction(() => {
    append(parts, instance.id, history, [termination]);
    releaseLocks(scheduler, instance.id, history.events);
    store.removeWorkOf(instance.id);
    scheduler.removeQueued(instance.id);
    const Reason = `Orchestrator function '${instance.name}' was terminated: ${termination.Reason ?? ''}`;
    finish(parts, instance, 'Terminated', jsonText(termination.Reason ?? ''), { Reason, Details: Reason });
  });
}

/**
 * Starts the next execution of an endless orchestration on an empty history. What it set going before goes on, but its
 * answers are addressed to an execution that is no more; timers of that execution go away.
 */
function continueAsNew(
  parts: SchedulingParts,
  episode: Episode,
  outcome: EpisodeOutcome & { kind: 'continued' },
  steps: Replay['steps'],
): void {
  const { store, cache, scheduler } = parts;
  const { instance } = episode;
  const { id, name, version } = instance;
  const sent = scheduleSteps(parts, episode, steps.filter(outlivesExecution));
  releaseLocks(scheduler, id, [...episode.history.events, ...sent]);
  store.removeHistory(id);
  store.removeExecutionInbox(id, instance.executionId);
  cache.drop(id);
  const executionId = newId();
  const { input } = outcome;
  store.putInstance({ ...instance, executionId, input, status: 'Running', updated: new Date().toISOString() });
  const fields = { Name: name, Version: version ?? '', Input: input };
  scheduler.post(id, executionId, historyEvent(EventType.ExecutionStarted, fields));
  for (const event of outcome.unseenEvents) scheduler.post(id, null, { ...event, IsPlayed: false });
}

/** A timer or a lock is of use to the execution only that asked for it. */
function outlivesExecution(step: NumberedStep | undefined): boolean {
  return step?.kind !== 'timer' && step?.entity?.kind !== 'lock';
}

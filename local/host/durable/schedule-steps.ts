import { jsonText } from '../typed-data.ts';
import type { DurableStore } from './durable-store.ts';
import { sendEntityRequest } from './entity-steps.ts';
import type { FunctionTable } from './function-table.ts';
import type { HistoryCache, LoadedHistory } from './history-cache.ts';
import { EventType, type HistoryEvent, historyEvent } from './history-events.ts';
import { HTTP_ACTIVITY } from './http-call.ts';
import type { InstanceRow } from './instance-row.ts';
import type { NumberedStep } from './numbering.ts';
import { encodedInput } from './replay.ts';
import { retryVerdict } from './retries.ts';
import type { Scheduler } from './scheduler.ts';
import { ClientError, startInstance } from './start-instance.ts';

/** What scheduling needs besides the steps. */
export interface SchedulingParts {
  store: DurableStore;
  cache: HistoryCache;
  scheduler: Scheduler;
  functions: FunctionTable;
}

/** The episode that schedules: `fresh` are its own events, not yet in `history`. */
export interface Episode {
  instance: InstanceRow;
  history: LoadedHistory;
  fresh: readonly HistoryEvent[];
}

/**
 * Sets going what an orchestrator asked for and has not asked for before: activities, timers, sub-orchestrations, entities.
 * Gives the scheduling events for the history. Part of the caller's transaction.
 */
export function scheduleSteps(
  parts: SchedulingParts,
  episode: Episode,
  steps: readonly (NumberedStep | undefined)[],
): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  for (const step of steps) {
    if (step === undefined) continue;
    if (episode.history.scheduled.has(step.number)) cancelTimer(parts, episode, step);
    else if (isWaitingForTimer(episode, step)) continue;
    else events.push(scheduleStep(parts, episode, step));
  }
  return events;
}

function isWaitingForTimer({ history, fresh }: Episode, { http }: NumberedStep): boolean {
  const timer = http?.afterTimer;
  if (timer === undefined) return false;
  return !history.isTimerFired(timer) && !fresh.some(({ TimerId }) => TimerId === timer);
}

function cancelTimer(parts: SchedulingParts, { instance, history }: Episode, step: NumberedStep): void {
  if (step.kind !== 'timer' || step.action.isCanceled !== true || history.canceledTimers.has(step.number)) return;
  history.canceledTimers.add(step.number);
  parts.store.removeTimer(instance.id, step.number, instance.executionId);
}

function scheduleStep(parts: SchedulingParts, episode: Episode, step: NumberedStep): HistoryEvent {
  switch (step.kind) {
    case 'activity':
      return scheduleActivity(parts, episode, step);
    case 'orchestration':
      return scheduleOrchestration(parts, episode, step);
    case 'timer':
      return scheduleTimer(parts, episode, step);
    case 'http':
      return scheduleTask(parts, episode.instance, step.number, HTTP_ACTIVITY, jsonText(step.http?.call));
    case 'entity':
      return scheduleEntity(parts, episode, step);
  }
}

function scheduleEntity(parts: SchedulingParts, { instance }: Episode, { number, entity }: NumberedStep): HistoryEvent {
  if (entity === undefined) throw new Error(`step ${number} asks nothing of its entity`);
  return sendEntityRequest(parts, instance, number, entity);
}

function scheduleActivity(parts: SchedulingParts, episode: Episode, step: NumberedStep): HistoryEvent {
  const name = step.action.functionName ?? '';
  const input = encodedInput(step.action.input) ?? 'null';
  const isOver = answerWithLastFailure(parts, episode, step, EventType.TaskFailed);
  return isOver
    ? taskScheduled(step.number, name, input)
    : scheduleTask(parts, episode.instance, step.number, name, input);
}

function scheduleTask(
  { scheduler }: SchedulingParts,
  { id: instanceId, executionId }: InstanceRow,
  step: number,
  name: string,
  input: string,
): HistoryEvent {
  scheduler.enqueue({ instanceId, executionId, step, name, input });
  return taskScheduled(step, name, input);
}

function taskScheduled(EventId: number, Name: string, Input: string): HistoryEvent {
  return historyEvent(EventType.TaskScheduled, { EventId, Name, Version: '', Input });
}

function scheduleOrchestration(parts: SchedulingParts, episode: Episode, step: NumberedStep): HistoryEvent {
  const { instance } = episode;
  const name = step.action.functionName ?? '';
  const version = step.action.version ?? parts.functions.defaultVersion;
  const instanceId = step.action.instanceId || `${instance.executionId}:${step.number.toString(16)}`;
  const input = step.action.input === undefined ? null : jsonText(step.action.input);
  if (!answerWithLastFailure(parts, episode, step, EventType.SubOrchestrationInstanceFailed)) {
    const parent = { instanceId: instance.id, executionId: instance.executionId, step: step.number };
    try {
      parts.functions.orchestrator(name);
      startInstance(parts.store, parts.cache, parts.scheduler, { name, instanceId, input, version, parent });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      const failure = {
        Reason: `Starting sub-orchestration '${name}' failed: ${error.message}`,
        Details: error.message,
      };
      postAnswer(parts, instance, EventType.SubOrchestrationInstanceFailed, step.number, failure);
    }
  }
  const fields = { EventId: step.number, Name: name, InstanceId: instanceId, Input: input, Version: version ?? '' };
  return historyEvent(EventType.SubOrchestrationInstanceCreated, fields);
}

function scheduleTimer(parts: SchedulingParts, episode: Episode, step: NumberedStep): HistoryEvent {
  const { instance, history } = episode;
  const isPointless = step.retry !== undefined && retryVerdict(step.retry, episode).isOver;
  const fireAtMs = isPointless ? Date.now() : (step.fireAtMs ?? 0);
  const FireAt = new Date(fireAtMs).toISOString();
  if (step.action.isCanceled === true) history.canceledTimers.add(step.number);
  else {
    const fired = historyEvent(EventType.TimerFired, { Timestamp: FireAt, TimerId: step.number, FireAt });
    parts.scheduler.post(instance.id, instance.executionId, fired, fireAtMs);
  }
  return historyEvent(EventType.TimerCreated, { EventId: step.number, FireAt });
}

/** Retries that are over still have to be played to their end: each further try fails at once as the last one did. */
function answerWithLastFailure(parts: SchedulingParts, episode: Episode, step: NumberedStep, type: number): boolean {
  if (step.retry === undefined) return false;
  const { isOver, lastFailure } = retryVerdict(step.retry, episode);
  if (!isOver || lastFailure === undefined) return false;
  const { Reason, Details, FailureDetails } = lastFailure;
  postAnswer(parts, episode.instance, type, step.number, { Reason, Details, FailureDetails });
  return true;
}

function postAnswer(
  parts: SchedulingParts,
  instance: InstanceRow,
  type: number,
  step: number,
  failure: Pick<HistoryEvent, 'Reason' | 'Details' | 'FailureDetails'>,
): void {
  const answer = historyEvent(type, { TaskScheduledId: step, ...failure });
  parts.scheduler.post(instance.id, instance.executionId, answer);
}

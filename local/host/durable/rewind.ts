import type { InboxMessage } from './durable-store.ts';
import { heldLocks, requestIds } from './entity-request.ts';
import { EventType, type HistoryEvent, historyEvent, isSchedulingEvent } from './history-events.ts';
import type { InstanceRow } from './instance-row.ts';
import type { SchedulingParts } from './schedule-steps.ts';
import { ClientError, startInstance } from './start-instance.ts';

/** A history cut in two: what stays, and what a rewind takes back. */
interface Cut {
  instance: InstanceRow;
  kept: readonly HistoryEvent[];
  undone: readonly HistoryEvent[];
  keptSteps: ReadonlyMap<number, HistoryEvent>;
}

/**
 * Takes a failed instance back to where its last failure came in, and has the steps that failed run again, with the
 * numbers that they have; failed sub-orchestrations are rewound likewise. Answers of other steps and events from outside
 * that came later are kept; steps that were begun later are forgotten. Throws {@link ClientError}: 410 for an instance that
 * ended otherwise, 412 for one that runs, or that failed inside a critical section. Part of the caller's transaction.
 */
export function rewind(parts: SchedulingParts, instance: InstanceRow, reason: string): void {
  const { store, cache, scheduler } = parts;
  const { id, status } = instance;
  if (status === 'Completed' || status === 'Terminated') throw new ClientError(`'${id}' has ended: ${status}`, 410);
  if (status !== 'Failed') throw new ClientError(`'${id}' is ${status}; only failed instances are rewound`, 412);
  const cut = cutHistory(instance, cache.get(id).events);
  if (heldLocks(cut.kept).size > 0)
    throw new ClientError(`'${id}' failed with entities locked, which are free now`, 412);
  forgetSteps(parts, cut);
  for (const event of cut.undone) keepOrRedo(parts, cut, event, reason);
  store.truncateHistory(id, cut.kept.length);
  cache.drop(id);
  store.putInstance({ ...instance, status: 'Running', output: null, updated: new Date().toISOString() });
  scheduler.post(id, instance.executionId, historyEvent(EventType.GenericEvent, { Reason: reason }));
}

/** Cuts at the start of the last episode that a failure came in with, or of the last one when none did. */
function cutHistory(instance: InstanceRow, events: readonly HistoryEvent[]): Cut {
  const lastFailure = events.findLastIndex(isFailure);
  const from = lastFailure < 0 ? events.length : lastFailure + 1;
  const start = events.slice(0, from).findLastIndex(({ EventType: type }) => type === EventType.OrchestratorStarted);
  const kept = events.slice(0, Math.max(start, 0));
  const keptSteps = new Map(kept.filter(isSchedulingEvent).map((event) => [event.EventId, event]));
  return { instance, kept, undone: events.slice(kept.length), keptSteps };
}

function isFailure(event: HistoryEvent): boolean {
  return event.EventType === EventType.TaskFailed || event.EventType === EventType.SubOrchestrationInstanceFailed;
}

/** Their numbers will be taken anew, perhaps by other steps: no late answer may reach those. */
function forgetSteps({ store, scheduler }: SchedulingParts, { instance, undone }: Cut): void {
  const steps = new Set(undone.filter(isSchedulingEvent).map(({ EventId }) => EventId));
  const requests = requestIds(undone);
  const isForgotten = ({ event }: InboxMessage) =>
    steps.has(event.TaskScheduledId ?? event.TimerId ?? -1) || requests.has(event.Name ?? '');
  store.removeMessages(store.dueMessages(instance.id, Number.MAX_SAFE_INTEGER).filter(isForgotten));
  for (const step of steps) store.removeWorkStep(instance.id, step);
  scheduler.removeQueued(instance.id, steps);
  for (const { EventType: type, InstanceId } of undone) {
    if (type === EventType.SubOrchestrationInstanceCreated && InstanceId) store.detachChild(InstanceId, instance.id);
  }
}

function keepOrRedo(parts: SchedulingParts, cut: Cut, event: HistoryEvent, reason: string): void {
  const { instance, keptSteps } = cut;
  const step = keptSteps.get(event.TaskScheduledId ?? event.TimerId ?? -1);
  if (step !== undefined && isFailure(event)) redo(parts, instance, step, reason);
  else if (step !== undefined) parts.scheduler.post(instance.id, instance.executionId, { ...event, IsPlayed: false });
  else if (event.EventType === EventType.EventRaised && !requestIds(cut.undone).has(event.Name ?? '')) {
    const isAnswer = requestIds(cut.kept).has(event.Name ?? '');
    parts.scheduler.post(instance.id, isAnswer ? instance.executionId : null, { ...event, IsPlayed: false });
  }
}

function redo(parts: SchedulingParts, instance: InstanceRow, scheduled: HistoryEvent, reason: string): void {
  const { id, executionId } = instance;
  const { EventId: step, Name: name = '', Input: input = null, InstanceId: childId } = scheduled;
  if (scheduled.EventType === EventType.TaskScheduled) {
    parts.scheduler.enqueue({ instanceId: id, executionId, step, name, input: input ?? 'null' });
  } else if (childId !== undefined) redoChild(parts, instance, { name, childId, input, scheduled }, reason);
}

/** A sub-orchestration that was rewound by itself answers, or has answered, by itself. */
function redoChild(
  parts: SchedulingParts,
  { id, executionId }: InstanceRow,
  step: { name: string; childId: string; input: string | null; scheduled: HistoryEvent },
  reason: string,
): void {
  const { name, childId, input, scheduled } = step;
  const child = parts.store.instance(childId);
  const ownStatus = child?.parentId === id ? child.status : undefined;
  if (child !== undefined && ownStatus === 'Failed') rewind(parts, child, reason);
  else if (ownStatus === undefined || ownStatus === 'Terminated') {
    const parent = { instanceId: id, executionId, step: scheduled.EventId };
    const request = { name, instanceId: childId, input, version: scheduled.Version || null, parent };
    startInstance(parts.store, parts.cache, parts.scheduler, request);
  }
}

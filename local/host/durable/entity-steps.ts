import type { DurableStore } from './durable-store.ts';
import { parseEntityId } from './entity-id.ts';
import { type EntityRequest, entityMessage, eventSent, heldLocks } from './entity-request.ts';
import type { FunctionTable } from './function-table.ts';
import { EventType, type HistoryEvent, historyEvent } from './history-events.ts';
import type { InstanceRow } from './instance-row.ts';
import type { Scheduler } from './scheduler.ts';

/** What asking entities needs. */
export interface EntityStepParts {
  store: DurableStore;
  scheduler: Scheduler;
  functions: FunctionTable;
}

/**
 * Sends what an orchestrator asks of an entity and gives the event for its history. A call of an entity that the app has
 * not fails to the orchestrator. Part of the caller's transaction.
 */
export function sendEntityRequest(
  { scheduler, functions }: EntityStepParts,
  instance: InstanceRow,
  step: number,
  request: EntityRequest,
): HistoryEvent {
  const caller = { instanceId: instance.id, executionId: instance.executionId };
  const message = entityMessage(request, caller);
  const { name } = parseEntityId(request.target);
  if (functions.hasEntity(name) || request.kind === 'release') scheduler.send(request.target, instance.id, message);
  else if (message.kind !== 'release') {
    const result = JSON.stringify(`the function '${name}' doesn't exist, is disabled, or is not an entity function`);
    const Input = JSON.stringify({ result, exceptionType: 'Error' });
    scheduler.post(instance.id, instance.executionId, historyEvent(EventType.EventRaised, { Name: message.id, Input }));
  }
  return eventSent(step, request, message);
}

/** Releases what an execution that ends still holds: nobody else would. Part of the caller's transaction. */
export function releaseLocks(scheduler: Scheduler, instanceId: string, events: readonly HistoryEvent[]): void {
  for (const id of heldLocks(events)) scheduler.send(id, instanceId, { kind: 'release' });
}

import { jsonText } from '../typed-data.ts';
import { formatEntityId } from './entity-id.ts';
import type { Caller, EntityMessage } from './entity-store.ts';
import { EventType, type HistoryEvent, historyEvent } from './history-events.ts';
import { newId } from './start-instance.ts';
import type { TaskAction } from './task-action.ts';

/** What an orchestrator asks of an entity; `target` is the id of the entity that gets the message. */
export type EntityRequest =
  | { kind: 'call' | 'signal'; target: string; operation: string; input: unknown }
  | { kind: 'lock'; target: string; lockSet: string[]; requestId: string }
  | { kind: 'release'; target: string };

/** The request of a call or signal. */
export function operationRequest(kind: 'call' | 'signal', action: TaskAction): EntityRequest {
  return { kind, target: action.instanceId ?? '', operation: action.operation ?? '', input: action.input };
}

/** The request of a lock; its entities come sorted and without repetition. */
export function lockRequest(action: TaskAction): EntityRequest {
  const lockSet = (action.lockSet ?? []).map(formatEntityId);
  return { kind: 'lock', target: lockSet[0] ?? '', lockSet, requestId: action.lockRequestId ?? '' };
}

/** What a request is called in histories and in messages about them. */
export function entityRequestName(request: EntityRequest): string {
  switch (request.kind) {
    case 'lock':
      return `lock ${request.lockSet.join(', ')}`;
    case 'release':
      return 'release';
    default:
      return `${request.kind} ${request.operation}`;
  }
}

/** The message that carries a request. The package finds the answer by the message's `id`. */
export function entityMessage(request: EntityRequest, caller: Caller): EntityMessage {
  switch (request.kind) {
    case 'lock':
      return { kind: 'lock', id: request.requestId, lockSet: request.lockSet, position: 0, caller };
    case 'release':
      return { kind: 'release' };
    default: {
      const input = request.input === undefined ? null : jsonText(request.input);
      const operation = { kind: 'operation', id: newId(), operation: request.operation, input } as const;
      return request.kind === 'call' ? { ...operation, caller } : operation;
    }
  }
}

/** The event that tells of a sent request. */
export function eventSent(step: number, request: EntityRequest, message: EntityMessage): HistoryEvent {
  const fields = { EventId: step, InstanceId: request.target, Name: entityRequestName(request) };
  return historyEvent(EventType.EventSent, { ...fields, Input: JSON.stringify(message) });
}

/** The entities that an execution with these events has locked, or asked to lock, and not released. */
export function heldLocks(events: readonly HistoryEvent[]): Set<string> {
  const held = new Set<string>();
  for (const { message, event } of sentMessages(events)) {
    if (message.kind === 'lock') for (const id of message.lockSet) held.add(id);
    if (message.kind === 'release' && event.InstanceId !== undefined) held.delete(event.InstanceId);
  }
  return held;
}

/** The names under which answers of entities arrive, as against events from outside. */
export function requestIds(events: readonly HistoryEvent[]): Set<string> {
  const ids = new Set<string>();
  for (const { message } of sentMessages(events)) if (message.kind !== 'release') ids.add(message.id);
  return ids;
}

function sentMessages(events: readonly HistoryEvent[]): { event: HistoryEvent; message: EntityMessage }[] {
  return events
    .filter((event) => event.EventType === EventType.EventSent)
    .map((event) => ({ event, message: JSON.parse(event.Input ?? 'null') as EntityMessage }));
}

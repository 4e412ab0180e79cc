import type { DurableStore } from './durable-store.ts';
import { formatEntityId } from './entity-id.ts';
import { type OperationOutcome, type OperationParts, runOperation } from './entity-operation.ts';
import type { Caller, EntityMessage, EntityRow, EntityStore, QueuedMessage } from './entity-store.ts';
import { EventType, historyEvent } from './history-events.ts';
import { isFinal } from './instance-row.ts';
import type { Scheduler } from './scheduler.ts';
import { newId } from './start-instance.ts';

/** What a batch needs. */
export interface BatchParts extends OperationParts {
  store: DurableStore;
  entities: EntityStore;
  scheduler: Scheduler;
  /** Operations that one transaction may take. */
  maxBatchSize: number;
  /** Whether no further operation may begin. */
  isStopped(): boolean;
}

/** Operations that take longer than this in all are written before the next begins. */
const MAX_BATCH_MS = 50;

type Effect = () => void;

/**
 * Takes what waits for an entity, one after the other in the order of arrival, and writes states, answers and signals in
 * one transaction: a process that dies in the middle has changed nothing, and every operation counts once. Gives whether
 * there may be more to take. Throws only for faults of the host itself.
 */
export async function runEntityBatch(parts: BatchParts, id: string): Promise<boolean> {
  const { store, entities, maxBatchSize } = parts;
  const fresh = { id, isExisting: false, state: null, lockedBy: null, updated: '' };
  let entity: EntityRow = entities.entity(id) ?? fresh;
  const messages = entities.queued(id, entity.lockedBy, maxBatchSize);
  const effects: Effect[] = [];
  const endAtMs = performance.now() + MAX_BATCH_MS;
  let takenCount = 0;
  for (const message of messages) {
    if (takenCount > 0 && (performance.now() > endAtMs || parts.isStopped())) break;
    const after = await take(parts, entity, message, effects);
    takenCount++;
    const isLockChanged = after.lockedBy !== entity.lockedBy;
    entity = after;
    if (isLockChanged) break;
  }
  if (takenCount === 0) return false;
  store.transaction(() => {
    for (const { rowId } of messages.slice(0, takenCount)) entities.removeMessage(rowId);
    entities.put({ ...entity, updated: new Date().toISOString() });
    for (const effect of effects) effect();
  });
  return true;
}

async function take(
  parts: BatchParts,
  entity: EntityRow,
  { sender, message }: QueuedMessage,
  effects: Effect[],
): Promise<EntityRow> {
  switch (message.kind) {
    case 'operation': {
      const outcome = await runOperation(parts, entity, message);
      effects.push(() => writeOutcome(parts, message, outcome));
      return { ...entity, isExisting: outcome.isExisting, state: outcome.state };
    }
    case 'lock':
      if (!isWaiting(parts.store, message.caller)) return entity;
      effects.push(() => passOn(parts, sender, message));
      return { ...entity, lockedBy: sender };
    case 'release':
      return sender === entity.lockedBy ? { ...entity, lockedBy: null } : entity;
  }
}

/** Whoever asked for a lock may have ended while it waited; nobody would ever release it. */
function isWaiting(store: DurableStore, { instanceId, executionId }: Caller): boolean {
  const row = store.instance(instanceId);
  return row !== undefined && row.executionId === executionId && !isFinal(row.status);
}

/** A lock on several entities is taken one after the other, in an order that is the same for all, and granted by the last. */
function passOn({ scheduler }: BatchParts, sender: string | null, message: EntityMessage & { kind: 'lock' }): void {
  const position = message.position + 1;
  const next = message.lockSet[position];
  if (next === undefined) answer(scheduler, message.caller, message.id, { result: 'null' });
  else scheduler.send(next, sender, { ...message, position });
}

function writeOutcome(
  { scheduler, functions, log }: BatchParts,
  message: EntityMessage & { kind: 'operation' },
  outcome: OperationOutcome,
): void {
  if (message.caller !== undefined) {
    const exceptionType = outcome.isError ? { exceptionType: 'Error' } : {};
    answer(scheduler, message.caller, message.id, { result: outcome.answer, ...exceptionType });
  }
  for (const { target, operation, input } of outcome.signals) {
    const targetId = formatEntityId(target);
    if (functions.hasEntity(target.name)) {
      scheduler.send(targetId, null, { kind: 'operation', id: newId(), operation, input });
    } else log('error', 'Host.Durable', `a signal '${operation}' to '${targetId}' is dropped: no such entity function`);
  }
}

function answer(scheduler: Scheduler, caller: Caller, requestId: string, body: object): void {
  const event = historyEvent(EventType.EventRaised, { Name: requestId, Input: JSON.stringify(body) });
  scheduler.post(caller.instanceId, caller.executionId, event);
}

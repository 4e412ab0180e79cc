import type { WorkItem } from './durable-store.ts';
import type { EntityMessage } from './entity-store.ts';
import type { HistoryEvent } from './history-events.ts';

/** What the parts of the engine ask of it while they write; everything takes effect when their transaction is through. */
export interface Scheduler {
  /** Leaves a message for an instance; `dueMs` is a time since 1970, absent is at once. */
  post(instanceId: string, executionId: string | null, event: HistoryEvent, dueMs?: number): void;
  /** Leaves a message for an entity; `sender` is the instance that sends it, `null` for anybody else. */
  send(entityId: string, sender: string | null, message: EntityMessage): void;
  /** Queues an activity. */
  enqueue(item: Omit<WorkItem, 'rowId'>): void;
  /** Takes activities of an instance that have not begun out of the queue: all, or those of these steps. */
  removeQueued(instanceId: string, steps?: ReadonlySet<number>): void;
  /** Tells those who wait for an instance that it is final. */
  finished(instanceId: string): void;
}

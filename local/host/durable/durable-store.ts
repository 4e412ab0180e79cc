import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { transaction } from '../database.ts';
import type { HistoryEvent } from './history-events.ts';
import type { InstanceRow } from './instance-row.ts';

/** A message to an instance that it has not taken yet. */
export interface InboxMessage {
  rowId: number;
  /** The execution it is for, or `null` for whichever runs. */
  executionId: string | null;
  event: HistoryEvent;
}

/** An activity that is to be run. */
export interface WorkItem {
  rowId: number;
  instanceId: string;
  executionId: string;
  step: number;
  name: string;
  /** JSON text. */
  input: string;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS instances(
  id TEXT PRIMARY KEY, executionId TEXT NOT NULL, name TEXT NOT NULL, version TEXT, input TEXT, output TEXT,
  status TEXT NOT NULL, customStatus TEXT, created TEXT NOT NULL, updated TEXT NOT NULL,
  parentId TEXT, parentStep INTEGER, parentExecutionId TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history(
  id TEXT NOT NULL, seq INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY(id, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbox(
  rowId INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, executionId TEXT, dueMs INTEGER NOT NULL,
  timer INTEGER, event TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS inboxById ON inbox(id, timer);
CREATE INDEX IF NOT EXISTS inboxByDue ON inbox(dueMs);
CREATE TABLE IF NOT EXISTS work(
  rowId INTEGER PRIMARY KEY AUTOINCREMENT, instanceId TEXT NOT NULL, executionId TEXT NOT NULL, step INTEGER NOT NULL,
  name TEXT NOT NULL, input TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS workById ON work(instanceId);
`;

const STATEMENTS = {
  instance: 'SELECT * FROM instances WHERE id = ?',
  putInstance: `INSERT OR REPLACE INTO instances(id, executionId, name, version, input, output, status, customStatus, created,
    updated, parentId, parentStep, parentExecutionId) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  removeInstance: 'DELETE FROM instances WHERE id = ?',
  history: 'SELECT event FROM history WHERE id = ? ORDER BY seq',
  appendHistory: 'INSERT INTO history(id, seq, event) VALUES(?, ?, ?)',
  removeHistory: 'DELETE FROM history WHERE id = ?',
  truncateHistory: 'DELETE FROM history WHERE id = ? AND seq >= ?',
  detachChild: 'UPDATE instances SET parentId = NULL, parentStep = NULL WHERE id = ? AND parentId = ?',
  post: 'INSERT INTO inbox(id, executionId, dueMs, timer, event) VALUES(?, ?, ?, ?, ?)',
  dueMessages: 'SELECT rowId, executionId, event FROM inbox WHERE id = ? AND dueMs <= ? ORDER BY rowId',
  hasDueMessage: 'SELECT 1 FROM inbox WHERE id = ? AND dueMs <= ? LIMIT 1',
  removeMessage: 'DELETE FROM inbox WHERE rowId = ?',
  removeInbox: 'DELETE FROM inbox WHERE id = ?',
  removeExecutionInbox: 'DELETE FROM inbox WHERE id = ? AND executionId = ?',
  removeTimer: 'DELETE FROM inbox WHERE id = ? AND timer = ? AND executionId = ?',
  dueInstances: `SELECT DISTINCT id FROM inbox WHERE dueMs <= ? AND NOT EXISTS(
    SELECT 1 FROM instances WHERE instances.id = inbox.id AND status = 'Failed')`,
  nextDue: 'SELECT MIN(dueMs) AS dueMs FROM inbox WHERE dueMs > ?',
  addWork: 'INSERT INTO work(instanceId, executionId, step, name, input) VALUES(?, ?, ?, ?, ?)',
  allWork: 'SELECT * FROM work ORDER BY rowId',
  removeWork: 'DELETE FROM work WHERE rowId = ?',
  removeWorkOf: 'DELETE FROM work WHERE instanceId = ?',
  removeWorkStep: 'DELETE FROM work WHERE instanceId = ? AND step = ?',
} as const;

/**
 * Everything of Durable that must outlive the process: instances, histories, messages, activities to run. The methods
 * write what they say and nothing else; whoever calls several does so in one {@link DurableStore.transaction}.
 */
export class DurableStore {
  readonly database: DatabaseSync;
  readonly #statements: Record<keyof typeof STATEMENTS, StatementSync>;

  constructor(database: DatabaseSync) {
    this.database = database;
    database.exec(SCHEMA);
    const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared) as Record<keyof typeof STATEMENTS, StatementSync>;
  }

  transaction<T>(action: () => T): T {
    return transaction(this.database, action);
  }

  instance(id: string): InstanceRow | undefined {
    return this.#statements.instance.get(id) as InstanceRow | undefined;
  }

  putInstance(row: InstanceRow): void {
    const { id, executionId, name, version, input, output, status, customStatus, created, updated } = row;
    const parent = [row.parentId, row.parentStep, row.parentExecutionId] as const;
    this.#statements.putInstance.run(
      ...[id, executionId, name, version, input, output, status, customStatus, created, updated],
      ...parent,
    );
  }

  /** Removes an instance with its history, messages and activities. */
  removeInstance(id: string): void {
    this.#statements.removeInstance.run(id);
    this.removeTraces(id);
  }

  /** Removes history, messages and activities of an instance; a new execution starts on a clean table. */
  removeTraces(id: string): void {
    this.#statements.removeHistory.run(id);
    this.#statements.removeInbox.run(id);
    this.#statements.removeWorkOf.run(id);
  }

  /** The events of an instance as stored, marked as played. */
  history(id: string): HistoryEvent[] {
    return this.#statements.history.all(id).map((row) => {
      const event = JSON.parse(String(row.event)) as HistoryEvent;
      event.IsPlayed = true;
      return event;
    });
  }

  appendHistory(id: string, firstSequence: number, events: readonly HistoryEvent[]): void {
    let sequence = firstSequence;
    for (const event of events) this.#statements.appendHistory.run(id, sequence++, JSON.stringify(event));
  }

  removeHistory(id: string): void {
    this.#statements.removeHistory.run(id);
  }

  /** Keeps the first `length` events. */
  truncateHistory(id: string, length: number): void {
    this.#statements.truncateHistory.run(id, length);
  }

  /** Makes a sub-orchestration one that answers to nobody, if it is one of this parent. */
  detachChild(id: string, parentId: string): void {
    this.#statements.detachChild.run(id, parentId);
  }

  /** Leaves a message; `dueMs` 0 is at once, anything else a time since 1970 in milliseconds. */
  post(id: string, executionId: string | null, event: HistoryEvent, dueMs: number): void {
    this.#statements.post.run(id, executionId, dueMs, event.TimerId ?? null, JSON.stringify(event));
  }

  dueMessages(id: string, nowMs: number): InboxMessage[] {
    return this.#statements.dueMessages.all(id, nowMs).map((row) => ({
      rowId: Number(row.rowId),
      executionId: row.executionId === null ? null : String(row.executionId),
      event: JSON.parse(String(row.event)) as HistoryEvent,
    }));
  }

  hasDueMessage(id: string, nowMs: number): boolean {
    return this.#statements.hasDueMessage.get(id, nowMs) !== undefined;
  }

  removeMessages(messages: readonly InboxMessage[]): void {
    for (const message of messages) this.#statements.removeMessage.run(message.rowId);
  }

  removeInbox(id: string): void {
    this.#statements.removeInbox.run(id);
  }

  /** Removes what is addressed to one execution, its timers among them; events for whichever runs stay. */
  removeExecutionInbox(id: string, executionId: string): void {
    this.#statements.removeExecutionInbox.run(id, executionId);
  }

  removeTimer(id: string, timer: number, executionId: string): void {
    this.#statements.removeTimer.run(id, timer, executionId);
  }

  /** The instances that have a message due at `nowMs`; failed ones do not take any. */
  dueInstances(nowMs: number): string[] {
    return this.#statements.dueInstances.all(nowMs).map((row) => String(row.id));
  }

  /** The time of the first message due after `nowMs`, or `undefined`. */
  nextDueMs(nowMs: number): number | undefined {
    const dueMs = this.#statements.nextDue.get(nowMs)?.dueMs;
    return typeof dueMs === 'number' ? dueMs : undefined;
  }

  addWork(item: Omit<WorkItem, 'rowId'>): WorkItem {
    const { instanceId, executionId, step, name, input } = item;
    const { lastInsertRowid } = this.#statements.addWork.run(instanceId, executionId, step, name, input);
    return { ...item, rowId: Number(lastInsertRowid) };
  }

  allWork(): WorkItem[] {
    return this.#statements.allWork.all() as unknown as WorkItem[];
  }

  /** Gives whether it was there: one that is not any more has nobody who waits for its answer. */
  removeWork(rowId: number): boolean {
    return Number(this.#statements.removeWork.run(rowId).changes) > 0;
  }

  removeWorkStep(instanceId: string, step: number): void {
    this.#statements.removeWorkStep.run(instanceId, step);
  }

  removeWorkOf(instanceId: string): void {
    this.#statements.removeWorkOf.run(instanceId);
  }
}

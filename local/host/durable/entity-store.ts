import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** An entity as stored. `state` is JSON text, `updated` ISO text. */
export interface EntityRow {
  id: string;
  /** Whether an operation made it and none destructed it since. One that only is locked does not exist. */
  isExisting: boolean;
  state: string | null;
  /** The instance that holds its lock: only that one's messages are taken. */
  lockedBy: string | null;
  updated: string;
}

/** The execution of an orchestration that waits for an answer. */
export interface Caller {
  instanceId: string;
  executionId: string;
}

/** What can be asked of an entity. `input` is JSON text. An operation without `caller` is a signal: nobody waits. */
export type EntityMessage =
  | { kind: 'operation'; id: string; operation: string; input: string | null; caller?: Caller }
  | { kind: 'lock'; id: string; lockSet: string[]; position: number; caller: Caller }
  | { kind: 'release' };

/** A message that waits. `sender` is the instance that sent it, or `null`. */
export interface QueuedMessage {
  rowId: number;
  sender: string | null;
  message: EntityMessage;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS entities(
  id TEXT PRIMARY KEY, isExisting INTEGER NOT NULL, state TEXT, lockedBy TEXT, updated TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entityQueue(
  rowId INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, sender TEXT, message TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS entityQueueById ON entityQueue(id);
CREATE INDEX IF NOT EXISTS entityQueueBySender ON entityQueue(id, sender);
`;

const STATEMENTS = {
  entity: 'SELECT * FROM entities WHERE id = ?',
  put: 'INSERT OR REPLACE INTO entities(id, isExisting, state, lockedBy, updated) VALUES(?, ?, ?, ?, ?)',
  remove: 'DELETE FROM entities WHERE id = ?',
  enqueue: 'INSERT INTO entityQueue(id, sender, message) VALUES(?, ?, ?)',
  queued: 'SELECT rowId, sender, message FROM entityQueue WHERE id = ? ORDER BY rowId LIMIT ?',
  queuedOf: 'SELECT rowId, sender, message FROM entityQueue WHERE id = ? AND sender = ? ORDER BY rowId LIMIT ?',
  removeMessage: 'DELETE FROM entityQueue WHERE rowId = ?',
  waiting: 'SELECT DISTINCT id FROM entityQueue',
} as const;

/** Entities and what was asked of them, in their order. Whoever calls several writers does so in one transaction. */
export class EntityStore {
  readonly #database: DatabaseSync;
  readonly #statements: Record<keyof typeof STATEMENTS, StatementSync>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(SCHEMA);
    const prepared = Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared) as Record<keyof typeof STATEMENTS, StatementSync>;
  }

  entity(id: string): EntityRow | undefined {
    const row = this.#statements.entity.get(id);
    return row === undefined ? undefined : rowOf(row);
  }

  /** Writes an entity; one that neither exists nor is locked leaves nothing behind. */
  put({ id, isExisting, state, lockedBy, updated }: EntityRow): void {
    if (isExisting || lockedBy !== null) this.#statements.put.run(id, Number(isExisting), state, lockedBy, updated);
    else this.#statements.remove.run(id);
  }

  enqueue(id: string, sender: string | null, message: EntityMessage): void {
    this.#statements.enqueue.run(id, sender, JSON.stringify(message));
  }

  /** The messages to be taken next, at most `limit`; of a locked entity only those of the one that holds the lock. */
  queued(id: string, lockedBy: string | null, limit: number): QueuedMessage[] {
    const { queued, queuedOf } = this.#statements;
    const rows = lockedBy === null ? queued.all(id, limit) : queuedOf.all(id, lockedBy, limit);
    return rows.map((row) => ({
      rowId: Number(row.rowId),
      sender: row.sender === null ? null : String(row.sender),
      message: JSON.parse(String(row.message)) as EntityMessage,
    }));
  }

  removeMessage(rowId: number): void {
    this.#statements.removeMessage.run(rowId);
  }

  /** The entities that something was asked of. */
  waiting(): string[] {
    return this.#statements.waiting.all().map((row) => String(row.id));
  }

  /** Existing entities by id, at most `top`; those of one name, after an id, or used in a time, where given. */
  list(filter: { name?: string; usedFrom?: string; usedTo?: string; afterId?: string }, top: number): EntityRow[] {
    const prefix = filter.name === undefined ? '@' : `@${filter.name.toLowerCase()}@`;
    const { usedFrom = '', usedTo = '\uffff', afterId = '' } = filter;
    return this.#database
      .prepare(
        `SELECT * FROM entities WHERE isExisting = 1 AND substr(id, 1, ?) = ? AND updated >= ? AND updated <= ? AND id > ?
         ORDER BY id LIMIT ?`,
      )
      .all(prefix.length, prefix, usedFrom, usedTo, afterId, top)
      .map(rowOf);
  }
}

function rowOf(row: Record<string, unknown>): EntityRow {
  const text = (value: unknown) => (value === null ? null : String(value));
  return {
    id: String(row.id),
    isExisting: row.isExisting === 1,
    state: text(row.state),
    lockedBy: text(row.lockedBy),
    updated: String(row.updated),
  };
}

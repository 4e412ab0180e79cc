import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { makePrivateFolder } from '../atomic-file.ts';
import type { GridEvent } from './grid-event.ts';
import { type Subscription, subscriptionSchema } from './subscription.ts';

/** An event on its way to one subscription. Times in milliseconds since 1970. */
export interface Delivery {
  rowId: number;
  subscription: string;
  event: GridEvent;
  publishedAtMs: number;
  dueAtMs: number;
  attempts: number;
}

/**
 * Subscriptions and undelivered events, in one SQLite file: what was put in outlives a killed process. The folder is for
 * this user only, because the URLs of subscriptions hold keys.
 */
export class EventStore {
  readonly #database: DatabaseSync;
  readonly #add: StatementSync;
  readonly #retry: StatementSync;
  readonly #remove: StatementSync;
  readonly #due: StatementSync;
  readonly #next: StatementSync;
  readonly #subscriptions = new Map<string, Subscription>();

  private constructor(database: DatabaseSync) {
    database.exec(`
      PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
      CREATE TABLE IF NOT EXISTS subscriptions(name TEXT PRIMARY KEY, json TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS deliveries(
        rowId INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, event TEXT NOT NULL,
        publishedAtMs INTEGER NOT NULL, dueAtMs INTEGER NOT NULL, attempts INTEGER NOT NULL);
      CREATE INDEX IF NOT EXISTS deliveriesDue ON deliveries(dueAtMs);`);
    this.#database = database;
    this.#add = database.prepare(
      'INSERT INTO deliveries(subscription, event, publishedAtMs, dueAtMs, attempts) VALUES(?, ?, ?, ?, 0)',
    );
    this.#retry = database.prepare('UPDATE deliveries SET dueAtMs = ?, attempts = ? WHERE rowId = ?');
    this.#remove = database.prepare('DELETE FROM deliveries WHERE rowId = ?');
    this.#due = database.prepare('SELECT * FROM deliveries WHERE dueAtMs <= ? ORDER BY dueAtMs, rowId LIMIT ?');
    this.#next = database.prepare('SELECT min(dueAtMs) AS dueAtMs FROM deliveries WHERE dueAtMs > ?');
    for (const { json } of database.prepare('SELECT json FROM subscriptions').all()) {
      const subscription = subscriptionSchema.parse(JSON.parse(String(json)));
      this.#subscriptions.set(subscription.name, subscription);
    }
  }

  /** Opens the store in a folder, which is made when it is not there. */
  static async open(dir: string): Promise<EventStore> {
    await makePrivateFolder(dir);
    return new EventStore(new DatabaseSync(join(dir, 'event-grid.sqlite')));
  }

  get subscriptions(): ReadonlyMap<string, Subscription> {
    return this.#subscriptions;
  }

  /** Makes a subscription, or replaces the one of that name. */
  putSubscription(subscription: Subscription): void {
    const { name } = subscription;
    this.#database
      .prepare('INSERT OR REPLACE INTO subscriptions(name, json) VALUES(?, ?)')
      .run(name, JSON.stringify(subscription));
    this.#subscriptions.set(name, subscription);
  }

  add(subscription: string, event: GridEvent, publishedAtMs: number, dueAtMs: number): void {
    this.#add.run(subscription, JSON.stringify(event), publishedAtMs, dueAtMs);
  }

  retry(rowId: number, dueAtMs: number, attempts: number): void {
    this.#retry.run(Math.ceil(dueAtMs), attempts, rowId);
  }

  remove(rowId: number): void {
    this.#remove.run(rowId);
  }

  /** The first deliveries that are due, those under way included. */
  due(nowMs: number, count: number): Delivery[] {
    const rows = this.#due.all(nowMs, count) as unknown as (Omit<Delivery, 'event'> & { event: string })[];
    return rows.map((row) => ({ ...row, event: JSON.parse(row.event) as GridEvent }));
  }

  /** When the next delivery after `nowMs` is due, or `undefined` when none waits. */
  nextDueAtMs(nowMs: number): number | undefined {
    return (this.#next.get(nowMs) as { dueAtMs: number | null } | undefined)?.dueAtMs ?? undefined;
  }

  close(): void {
    this.#database.close();
  }
}

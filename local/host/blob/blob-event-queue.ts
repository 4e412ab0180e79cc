import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { transaction } from '../database.ts';
import type { NamedBlob } from './blob-events.ts';

/** A blob that waits for a function. */
export interface QueuedBlob extends NamedBlob {
  rowId: number;
  /** As the subscription's URL names it: `Host.Functions.{name}`. */
  functionId: string;
  /** Runs that were begun. A run that a killed process did not end counts. */
  tries: number;
}

/** The queue between the webhook and the functions, in the host's database: what it took outlives the process. */
export class BlobEventQueue {
  readonly #database: DatabaseSync;
  readonly #add: StatementSync;
  readonly #first: StatementSync;
  readonly #begin: StatementSync;
  readonly #requeue: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync) {
    database.exec(`
      CREATE TABLE IF NOT EXISTS blobEvents(
        rowId INTEGER PRIMARY KEY AUTOINCREMENT, turn INTEGER NOT NULL, functionId TEXT NOT NULL,
        container TEXT NOT NULL, blobName TEXT NOT NULL, etag TEXT NOT NULL, blobType TEXT NOT NULL,
        tries INTEGER NOT NULL);
      CREATE INDEX IF NOT EXISTS blobEventTurns ON blobEvents(turn);`);
    const nextTurn = '(SELECT coalesce(max(turn), 0) + 1 FROM blobEvents)';
    this.#database = database;
    this.#add = database.prepare(`INSERT INTO blobEvents(
      turn, functionId, container, blobName, etag, blobType, tries) VALUES(${nextTurn}, ?, ?, ?, ?, ?, 0)`);
    this.#first = database.prepare(`SELECT rowId, functionId, container, blobName, etag, blobType, tries
      FROM blobEvents ORDER BY turn LIMIT ?`);
    this.#begin = database.prepare('UPDATE blobEvents SET tries = tries + 1 WHERE rowId = ?');
    this.#requeue = database.prepare(`UPDATE blobEvents SET turn = ${nextTurn} WHERE rowId = ?`);
    this.#remove = database.prepare('DELETE FROM blobEvents WHERE rowId = ?');
  }

  /** Takes all of the blobs or none. */
  add(functionId: string, blobs: readonly NamedBlob[]): void {
    transaction(this.#database, () => {
      for (const { container, blobName, etag, blobType } of blobs) {
        this.#add.run(functionId, container, blobName, etag, blobType);
      }
    });
  }

  /** The first blobs by their turn, those that run included. */
  first(count: number): QueuedBlob[] {
    return this.#first.all(count) as unknown as QueuedBlob[];
  }

  /** Counts a try, before it is made. */
  begin(rowId: number): void {
    this.#begin.run(rowId);
  }

  /** Puts a blob behind all others. */
  requeue(rowId: number): void {
    this.#requeue.run(rowId);
  }

  remove(rowId: number): void {
    this.#remove.run(rowId);
  }
}

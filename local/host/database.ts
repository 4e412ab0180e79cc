import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HostStartError, messageOf } from './errors.ts';

/** The file in the data folder that holds everything the host must remember. */
export const DATABASE_FILE = 'host.sqlite';

/**
 * Opens the host's database in a folder, made when it is missing, and keeps it for this process alone: the lock goes
 * with the process, however it ends. Write-ahead logging with `synchronous=NORMAL` loses nothing when the process is
 * killed; a power cut may lose the last transactions, but never corrupts. Throws {@link HostStartError}.
 */
export function openDatabase(dataDir: string): DatabaseSync {
  const file = join(dataDir, DATABASE_FILE);
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dataDir, { recursive: true });
    database = new DatabaseSync(file);
    database.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;');
    database.exec('BEGIN EXCLUSIVE; COMMIT;');
    return database;
  } catch (error) {
    database?.close();
    const message = messageOf(error);
    const hint = /locked|busy/i.test(message) ? '; another host uses this data folder' : '';
    throw new HostStartError(`opening ${file} failed: ${message}${hint}`, undefined, error);
  }
}

/** Runs `action` as one transaction: all of its writes or none. Not to be nested. */
export function transaction<T>(database: DatabaseSync, action: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = action();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

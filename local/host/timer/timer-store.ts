import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** When a timer ran last and is to run next; ISO times. `last` is `null` before the first run. */
export interface TimerStatus {
  /** The schedule that `next` was computed from. */
  schedule: string;
  last: string | null;
  next: string;
  updated: string;
}

/** Remembers the timers' times over restarts, so that a run that was missed is caught up. */
export class TimerStore {
  readonly #get: StatementSync;
  readonly #put: StatementSync;

  constructor(database: DatabaseSync) {
    database.exec(`CREATE TABLE IF NOT EXISTS timers(
      functionName TEXT PRIMARY KEY, schedule TEXT NOT NULL, last TEXT, next TEXT NOT NULL, updated TEXT NOT NULL)`);
    this.#get = database.prepare('SELECT schedule, last, next, updated FROM timers WHERE functionName = ?');
    this.#put = database.prepare(
      'INSERT OR REPLACE INTO timers(functionName, schedule, last, next, updated) VALUES(?, ?, ?, ?, ?)',
    );
  }

  get(functionName: string): TimerStatus | undefined {
    return this.#get.get(functionName) as TimerStatus | undefined;
  }

  put(functionName: string, { schedule, last, next, updated }: TimerStatus): void {
    this.#put.run(functionName, schedule, last, next, updated);
  }
}

import type { CallRecord } from './call.ts';
import { CallFile } from './call-file.ts';
import { type CallQuery, callQuerySchema, toFilter } from './query.ts';

/** Some of the calls that were asked for, oldest first. */
export interface CallPage {
  value: CallRecord[];
  /** Where there are more: what to ask for as `after`. */
  next?: number;
  /** The oldest call that is still kept: all calls are there as long as it is 1. */
  first: number;
}

export interface JournalOptions {
  /** Gets every call as a line of JSON. */
  path: string;
  /** Calls kept in memory at most. Default 50,000. */
  capacity?: number;
  log?: ((line: string) => void) | undefined;
}

const CAPACITY = 50_000;
/** Calls are dropped in lots, so that a full journal does not move its list for each call. */
const LOT = 0.1;

/** The record of all calls: the newest in memory, to be asked, and all of them in a file. */
export class CallJournal {
  readonly #capacity: number;
  readonly #file: CallFile;
  readonly #calls: CallRecord[] = [];
  #count = 0;

  constructor({ path, capacity = CAPACITY, log }: JournalOptions) {
    this.#capacity = capacity;
    this.#file = new CallFile({ path, log });
  }

  /** Keeps a call, under the next number. */
  add(call: Omit<CallRecord, 'n'>): void {
    this.#count += 1;
    const record = { n: this.#count, ...call };
    this.#calls.push(record);
    if (this.#calls.length > this.#capacity) this.#calls.splice(0, Math.ceil(this.#capacity * LOT));
    this.#file.append(JSON.stringify(record));
  }

  /** The calls that match. @throws ZodError for a query that is not one */
  find(query: CallQuery = {}): CallPage {
    const parsed = callQuerySchema.parse(query);
    const matches = this.#calls.filter(toFilter(parsed));
    const value = matches.slice(0, parsed.limit);
    const next = matches.length > value.length ? value.at(-1)?.n : undefined;
    return { value, ...(next === undefined ? {} : { next }), first: this.#calls[0]?.n ?? 1 };
  }

  /** Resolves when every call is in the file. */
  async close(): Promise<void> {
    await this.#file.close();
  }
}

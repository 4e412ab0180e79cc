import { z } from 'zod';
import {
  formatMarks,
  parseMarks,
  type Removed,
  type TransferMarks,
  type TransferSummary,
  transferSummarySchema,
} from '../../domain/transfer-summary.ts';
import type { JsonBlobs } from './blob-json.ts';

const LAST_MILLISECOND = 9_999_999_999_999;
const KEY_DIGITS = 13;
const PREFIX = 'index/';

/** A transfer in the list of all. `requestedAt` in ISO 8601. */
export interface IndexEntry {
  entry: string;
  id: string;
  requestedAt: string;
  /** Left out for an entry of an earlier version. */
  marks?: TransferMarks | undefined;
}

/** Which transfer an entry is of: an id may be used again after a deletion. */
type Key = Pick<TransferSummary, 'id' | 'requestedAt'>;

const contentSchema = transferSummarySchema.or(z.strictObject({}).transform(() => null));

/**
 * The list of all transfers: one blob each, named so that the newest comes first. What decides whether anybody has to
 * look at a transfer is in the blob's metadata, which a list brings along, a thousand at a request; the summary of one
 * that has ended is its content.
 */
export class TransferIndex {
  readonly #blobs: JsonBlobs;

  constructor(blobs: JsonBlobs) {
    this.#blobs = blobs;
  }

  /** Adds a transfer that begins. */
  async add({ route, ...key }: Key & { route: string }): Promise<void> {
    const marks = { route, end: null, removed: { archives: false, runs: false } };
    await this.#blobs.write(blobOf(key), {}, formatMarks(marks));
  }

  /** Keeps how a transfer ended. */
  async end(summary: TransferSummary, removed: Removed): Promise<void> {
    const { route, state, finishedAt } = summary;
    const end = finishedAt === null ? null : { state, finishedAt };
    await this.#blobs.write(blobOf(summary), summary, formatMarks({ route, end, removed }));
  }

  /** Notes what of a transfer that has ended was deleted; nothing where the entry is gone. */
  async markRemoved(key: Key, removed: Removed): Promise<void> {
    const { container } = this.#blobs;
    for (;;) {
      const found = await container.properties(blobOf(key));
      const marks = found && parseMarks(found.metadata);
      if (!marks) return;
      const written = await container.setMetadata(blobOf(key), formatMarks({ ...marks, removed }), found.etag);
      if (written !== 'conflict') return;
    }
  }

  /** Entries newest first, those after `continuation`. One request for each thousand, also of those passed over. */
  async *list(continuation?: string): AsyncIterable<IndexEntry> {
    for await (const { name, metadata } of this.#blobs.container.list(PREFIX)) {
      const entry = name.slice(PREFIX.length);
      if (continuation !== undefined && entry <= continuation) continue;
      const requestedAt = new Date(LAST_MILLISECOND - Number(entry.slice(0, KEY_DIGITS))).toISOString();
      yield { entry, id: entry.slice(KEY_DIGITS + 1), requestedAt, marks: parseMarks(metadata) };
    }
  }

  /** The summary of a transfer that has ended; `undefined` where the entry has none. */
  async readSummary({ entry }: Pick<IndexEntry, 'entry'>): Promise<TransferSummary | undefined> {
    return (await this.#blobs.read(PREFIX + entry, contentSchema)) ?? undefined;
  }

  /** Whether an entry is this transfer's: a caller that came second leaves one of another time behind. */
  isOf({ entry }: Pick<IndexEntry, 'entry'>, key: Key): boolean {
    return blobOf(key) === PREFIX + entry;
  }

  /** Removes an entry that is nobody's. */
  discard({ entry }: Pick<IndexEntry, 'entry'>): Promise<void> {
    return this.#blobs.container.delete(PREFIX + entry);
  }

  delete(key: Key): Promise<void> {
    return this.#blobs.container.delete(blobOf(key));
  }
}

function blobOf({ id, requestedAt }: Key): string {
  const digits = String(LAST_MILLISECOND - Date.parse(requestedAt)).padStart(KEY_DIGITS, '0');
  return `${PREFIX}${digits}-${id}`;
}

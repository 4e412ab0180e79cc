import { z } from 'zod';
import {
  formatMarks,
  marksOf,
  parseMarks,
  type Removed,
  type TransferMarks,
  type TransferSummary,
  transferSummarySchema,
} from '../../domain/transfer/transfer-summary.ts';
import type { JsonBlobs } from './blob-json.ts';
import { Cursor } from './cursor.ts';
import { formatIndexEntry, type IndexEntry, listIndexEntries } from './index-entry.ts';

const PREFIX = 'index/';

/** A transfer in the list of all. */
export interface TransferEntry extends IndexEntry {
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
  /** Where the retention timer stopped in the list. */
  readonly retentionCursor: Cursor;
  readonly #blobs: JsonBlobs;

  constructor(blobs: JsonBlobs) {
    this.#blobs = blobs;
    this.retentionCursor = new Cursor(blobs, 'retention.json');
  }

  /** Adds a transfer that begins. */
  async add({ route, ...key }: Key & { route: string }): Promise<void> {
    const marks = { route, end: null, removed: { archives: false, runs: false } };
    await this.#blobs.write(blobOf(key), {}, formatMarks(marks));
  }

  /** Keeps how a transfer ended. */
  async end(summary: TransferSummary, removed: Removed): Promise<void> {
    await this.#blobs.write(blobOf(summary), summary, formatMarks(marksOf(summary, removed)));
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
  async *list(continuation?: string): AsyncIterable<TransferEntry> {
    for await (const { metadata, ...entry } of listIndexEntries(this.#blobs.container, PREFIX, continuation)) {
      yield { ...entry, marks: parseMarks(metadata) };
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
  return PREFIX + formatIndexEntry(id, requestedAt);
}

import type { BlobEntry } from '../blobs/blob-types.ts';
import type { ContainerStore } from '../blobs/storage.ts';

const LAST_MILLISECOND = 9_999_999_999_999;
const DIGITS = 13;

/** What a record's entry in an index says, without reading the record. */
export interface IndexEntry {
  entry: string;
  id: string;
  requestedAt: string;
}

/** The entry of a record; entries sort newest first, since the 13 digits count down. */
export function formatIndexEntry(id: string, requestedAt: string): string {
  return `${String(LAST_MILLISECOND - Date.parse(requestedAt)).padStart(DIGITS, '0')}-${id}`;
}

/** The parts of an entry that {@link formatIndexEntry} made. */
export function parseIndexEntry(entry: string): IndexEntry {
  const requestedAt = new Date(LAST_MILLISECOND - Number(entry.slice(0, DIGITS))).toISOString();
  return { entry, id: entry.slice(DIGITS + 1), requestedAt };
}

/** The entries under a prefix, newest first, those after `continuation`; a request for each thousand, also of those passed over. */
export async function* listIndexEntries(
  container: Pick<ContainerStore, 'list'>,
  prefix: string,
  continuation?: string,
): AsyncGenerator<IndexEntry & Pick<BlobEntry, 'metadata'>> {
  for await (const { name, metadata } of container.list(prefix)) {
    const entry = name.slice(prefix.length);
    if (continuation !== undefined && entry <= continuation) continue;
    yield { ...parseIndexEntry(entry), metadata };
  }
}

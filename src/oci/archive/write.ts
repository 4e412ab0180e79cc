import type { ByteRange } from '../registry/blob-reader.ts';
import type { RegistryClient } from '../registry-client.ts';
import type { ArchiveEntry, ArchivePlan } from './plan.ts';
import { formatFileHeader, paddingBytes } from './tar-header.ts';

type BlobSource = Pick<RegistryClient, 'readBlob'>;

/**
 * The archive's bytes, the whole or any range of them, produced on demand: ranges may be asked in any order, at the
 * same time, by different processes. Blobs that lie wholly within the range are verified (digest and size); of a blob
 * that the range cuts only the size can be checked, and the reader of the archive checks its digest. Throws what the
 * source throws, and `RangeError` for a range outside the archive.
 */
export async function* readArchiveRange(
  plan: ArchivePlan,
  source: BlobSource,
  range: ByteRange = { offset: 0, length: plan.lengthBytes },
): AsyncGenerator<Uint8Array, void, undefined> {
  const end = range.offset + range.length;
  if (!(range.offset >= 0 && range.length >= 0 && end <= plan.lengthBytes)) {
    throw new RangeError(`range ${range.offset}+${range.length} lies outside an archive of ${plan.lengthBytes} bytes`);
  }
  if (range.length === 0) return;
  let position = range.offset;
  for (let index = indexOfEntryAt(plan.entries, position); position < end; index += 1) {
    const entry = plan.entries[index];
    if (entry === undefined) {
      yield Buffer.alloc(end - position);
      return;
    }
    const stop = Math.min(end, endOfEntry(entry));
    // In the zeros that end the archive there is nothing left of the last entry.
    if (position < stop) yield* readEntry(entry, source, position, stop);
    position = Math.max(position, stop);
  }
}

function endOfEntry(entry: ArchiveEntry): number {
  return entry.dataOffset + entry.sizeBytes + paddingBytes(entry.sizeBytes);
}

/** The last entry that starts at or before the position. */
function indexOfEntryAt(entries: readonly ArchiveEntry[], position: number): number {
  let low = 0;
  let high = entries.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((entries[middle]?.offset ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The part of an entry between two positions of the archive: header, content, padding. */
async function* readEntry(
  entry: ArchiveEntry,
  source: BlobSource,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const dataEnd = entry.dataOffset + entry.sizeBytes;
  if (start < entry.dataOffset) {
    const header = formatFileHeader(entry.path, entry.sizeBytes);
    yield header.subarray(start - entry.offset, end - entry.offset);
  }
  const from = Math.max(start, entry.dataOffset);
  const to = Math.min(end, dataEnd);
  // An empty blob is read too where its place is passed, so that its absence shows.
  const isEmptyPassed = entry.sizeBytes === 0 && start < entry.dataOffset && end >= dataEnd;
  if (from < to || isEmptyPassed) yield* readContent(entry, source, from - entry.dataOffset, to - from);
  if (end > dataEnd) yield Buffer.alloc(end - Math.max(start, dataEnd));
}

async function* readContent(
  { content, sizeBytes }: ArchiveEntry,
  source: BlobSource,
  offset: number,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (content.kind === 'bytes') yield content.bytes.subarray(offset, offset + length);
  else {
    const isWhole = length === sizeBytes;
    const blob = { digest: content.digest, size: sizeBytes };
    yield* source.readBlob(content.repository, blob, isWhole ? undefined : { offset, length });
  }
}

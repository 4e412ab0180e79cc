import type { Descriptor } from '../descriptor.ts';
import { verified } from '../verified.ts';
import { archiveError } from './archive-error.ts';
import { checkLayout, digestOfPath, INDEX_PATH, LAYOUT_PATH, parseIndex } from './layout.ts';
import { type RangeReader, readExactly } from './range-reader.ts';
import { scanTar, type TarFile } from './tar-scan.ts';

export type { RangeReader } from './range-reader.ts';

/** An OCI archive that was opened: its artifacts, and where each blob (manifests included) lies, by digest. */
export interface Archive {
  artifacts: { repository: string; tag?: string; descriptor: Descriptor }[];
  blobs: ReadonlyMap<string, { offset: number; sizeBytes: number }>;
  /** A blob's bytes, digest and size verified before the last chunk is given; `BLOB_UNKNOWN` when it is not there. */
  readBlob(digest: string): AsyncIterable<Uint8Array>;
  /** The same without the check of the digest, for a consumer that makes it: hashing twice halves the rate. */
  readBlobUnchecked(digest: string): AsyncIterable<Uint8Array>;
}

/** How to open an archive. `defaultRepository` is for artifacts that another tool named by a mere tag, or not at all. */
export interface OpenArchiveOptions {
  defaultRepository?: string;
}

const MAX_INDEX_BYTES = 4 * 1024 * 1024;

/**
 * Opens an OCI image layout in an uncompressed tar, entries in any order, by reading its tar headers and `index.json`;
 * no blob is read and nothing is unpacked. Other files in it are passed over. Throws class `artifact`: `ARCHIVE_INVALID`,
 * `ARCHIVE_TRUNCATED`, `ARCHIVE_NAME_INVALID`, `SIZE_MISMATCH`; and what the reader throws.
 */
export async function openArchive(reader: RangeReader, options: OpenArchiveOptions = {}): Promise<Archive> {
  const special = new Map<string, TarFile>();
  const blobs = new Map<string, { offset: number; sizeBytes: number }>();
  for await (const file of scanTar(reader)) {
    const digest = digestOfPath(file.path);
    if (digest !== undefined) blobs.set(digest, { offset: file.dataOffset, sizeBytes: file.sizeBytes });
    else if (file.path === LAYOUT_PATH || file.path === INDEX_PATH) special.set(file.path, file);
  }
  checkLayout(await readSpecial(reader, special, LAYOUT_PATH));
  const artifacts = parseIndex(await readSpecial(reader, special, INDEX_PATH), options.defaultRepository);
  for (const { descriptor } of artifacts) requireBlob(blobs, descriptor);
  const unchecked = (digest: string) => readBlobUnchecked(reader, blobs, digest);
  const checked = (digest: string) => {
    const size = blobs.get(digest)?.sizeBytes ?? 0;
    return verified(unchecked(digest), { digest, size }, `Blob ${digest} in the archive`);
  };
  return { artifacts, blobs, readBlob: checked, readBlobUnchecked: unchecked };
}

async function readSpecial(reader: RangeReader, files: ReadonlyMap<string, TarFile>, path: string): Promise<Buffer> {
  const file = files.get(path);
  if (file === undefined) throw archiveError(`The archive has no '${path}': it is not an OCI image layout`);
  if (file.sizeBytes > MAX_INDEX_BYTES) {
    throw archiveError(`'${path}' has ${file.sizeBytes} bytes; allowed are ${MAX_INDEX_BYTES}`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of readExactly(reader, file.dataOffset, file.sizeBytes, `'${path}'`)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Throws `BLOB_UNKNOWN` or `SIZE_MISMATCH` unless the archive holds what the descriptor says; checks no digest yet. */
export function requireBlob(blobs: Archive['blobs'], { digest, size }: Pick<Descriptor, 'digest' | 'size'>): void {
  const found = blobs.get(digest);
  if (found === undefined) throw archiveError(`The archive has no blob ${digest}, which it refers to`, 'BLOB_UNKNOWN');
  if (found.sizeBytes === size) return;
  throw archiveError(
    `Blob ${digest} has ${found.sizeBytes} bytes in the archive where ${size} were stated`,
    'SIZE_MISMATCH',
  );
}

async function* readBlobUnchecked(
  reader: RangeReader,
  blobs: Archive['blobs'],
  digest: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const found = blobs.get(digest);
  if (found === undefined) throw archiveError(`The archive has no blob ${digest}`, 'BLOB_UNKNOWN');
  yield* readExactly(reader, found.offset, found.sizeBytes, `blob ${digest}`);
}

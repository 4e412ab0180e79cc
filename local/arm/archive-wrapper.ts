import { createCipheriv, createHash } from 'node:crypto';

/**
 * The private form in which this emulator writes archives. The service's own format is not documented, so nothing but
 * the service may look inside; here that is made true: the bytes of the archive are masked with a keystream that is
 * addressed by offset (any range can be read alone), between a header and a trailer.
 *
 *     "ACRXFER1" + 8 zero bytes | masked archive | "ACRXEND1" + 8 zero bytes + SHA-256 of the archive (32 bytes)
 */
const HEADER_MAGIC = Buffer.from('ACRXFER1\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER_MAGIC = Buffer.from('ACRXEND1\0\0\0\0\0\0\0\0', 'latin1');
const DIGEST_BYTES = 32;
const AES_BLOCK_BYTES = 16;
/** Not a secret: it keeps readers out, not attackers. */
const MASK_KEY = createHash('sha256').update('acr-transfer local archive').digest();

/** Bytes of the blob before the archive's first byte. */
export const HEADER_BYTES = HEADER_MAGIC.length;
/** Bytes of the blob after the archive's last byte. */
export const TRAILER_BYTES = TRAILER_MAGIC.length + DIGEST_BYTES;

/** Masks or unmasks (it is its own inverse) consecutive bytes of an archive, from `offset` on. */
export function createMask(offset: number): (bytes: Uint8Array) => Buffer {
  const counter = Buffer.alloc(AES_BLOCK_BYTES);
  counter.writeBigUInt64BE(BigInt(Math.floor(offset / AES_BLOCK_BYTES)), AES_BLOCK_BYTES - 8);
  const stream = createCipheriv('aes-256-ctr', MASK_KEY, counter);
  stream.update(Buffer.alloc(offset % AES_BLOCK_BYTES));
  return (bytes) => stream.update(bytes);
}

/**
 * The wrapped form of an archive's bytes. `onDigest` gets `sha256:…` of the unwrapped bytes when the last one has passed.
 */
export async function* wrapArchive(
  archive: AsyncIterable<Uint8Array>,
  onDigest: (digest: string) => void,
): AsyncGenerator<Uint8Array> {
  const mask = createMask(0);
  const hash = createHash('sha256');
  yield HEADER_MAGIC;
  for await (const chunk of archive) {
    hash.update(chunk);
    yield mask(chunk);
  }
  const digest = hash.digest();
  onDigest(`sha256:${digest.toString('hex')}`);
  yield Buffer.concat([TRAILER_MAGIC, digest]);
}

/** Something that can be read by ranges. */
export interface RangeReader {
  sizeBytes: number;
  read(offset: number, length: number): AsyncIterable<Uint8Array>;
}

/** The blob is not one that {@link wrapArchive} made, or not all of it. */
export class ForeignArchiveError extends Error {
  override readonly name = 'ForeignArchiveError';
}

/**
 * The archive inside a wrapped blob, readable by ranges, and its digest. Reads header and trailer only; throws
 * {@link ForeignArchiveError}.
 */
export async function unwrapArchive(blob: RangeReader): Promise<RangeReader & { catalogDigest: string }> {
  const sizeBytes = blob.sizeBytes - HEADER_BYTES - TRAILER_BYTES;
  const header = sizeBytes < 0 ? undefined : await readAll(blob.read(0, HEADER_BYTES));
  if (!header?.equals(HEADER_MAGIC)) throw new ForeignArchiveError('is not an archive of a registry transfer');
  const trailer = await readAll(blob.read(HEADER_BYTES + sizeBytes, TRAILER_BYTES));
  if (!trailer.subarray(0, TRAILER_MAGIC.length).equals(TRAILER_MAGIC)) {
    throw new ForeignArchiveError('is an archive of a registry transfer that was cut off or changed');
  }
  return {
    sizeBytes,
    catalogDigest: `sha256:${trailer.subarray(TRAILER_MAGIC.length).toString('hex')}`,
    read: (offset, length) => unmask(blob.read(HEADER_BYTES + offset, length), offset),
  };
}

async function* unmask(bytes: AsyncIterable<Uint8Array>, offset: number): AsyncGenerator<Uint8Array> {
  const mask = createMask(offset);
  for await (const chunk of bytes) yield mask(chunk);
}

async function readAll(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

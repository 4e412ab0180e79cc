import type { RangeReader } from '../../src/oci/archive/range-reader.ts';

/** All bytes of a stream. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A stream of the given chunks. */
export async function* streamOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** A buffer to be read by ranges, in chunks of at most `chunkBytes`. */
export function bufferReader(bytes: Buffer, chunkBytes = 4096): RangeReader {
  async function* read(offset: number, length: number) {
    const end = Math.min(offset + length, bytes.length);
    for (let start = offset; start < end; start += chunkBytes)
      yield bytes.subarray(start, Math.min(end, start + chunkBytes));
  }
  return { sizeBytes: bytes.length, read };
}

/** All items of a sequence. */
export async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

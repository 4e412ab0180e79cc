import { open } from 'node:fs/promises';
import type { RangeReader } from './range-reader.ts';

const CHUNK_BYTES = 1024 * 1024;

/** A file as a {@link RangeReader}; `close` releases it. Throws what `node:fs` throws when it cannot be opened. */
export async function openFileReader(path: string): Promise<RangeReader & { close(): Promise<void> }> {
  const file = await open(path, 'r');
  const { size: sizeBytes } = await file.stat();
  async function* read(offset: number, length: number) {
    for (let position = offset; position < offset + length; ) {
      const wanted = Math.min(CHUNK_BYTES, offset + length - position);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, position);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      position += bytesRead;
    }
  }
  return { sizeBytes, read, close: () => file.close() };
}

import { truncated } from './archive-error.ts';

/** Where an archive is read from: any range of its bytes, as often as asked. A storage blob, a file, a buffer. */
export interface RangeReader {
  sizeBytes: number;
  /** Exactly `length` bytes from `offset`; an implementation that ends early is taken for a truncated archive. */
  read(offset: number, length: number): AsyncIterable<Uint8Array>;
}

/** A range as a stream that throws `ARCHIVE_TRUNCATED` when the reader gives fewer bytes. More than asked is cut off. */
export async function* readExactly(
  reader: RangeReader,
  offset: number,
  length: number,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (offset + length > reader.sizeBytes) throw truncated(what, offset + length, reader.sizeBytes);
  let left = length;
  if (left === 0) return;
  for await (const chunk of reader.read(offset, length)) {
    if (chunk.length === 0) continue;
    yield chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= Math.min(left, chunk.length);
    if (left === 0) return;
  }
  throw truncated(what, offset + length, offset + length - left);
}

/** Reads small ranges through a window, so that neighbouring headers cost one read. Keeps one window in memory. */
export class WindowedReader {
  readonly #reader: RangeReader;
  readonly #windowBytes: number;
  #start = 0;
  #window: Buffer = Buffer.alloc(0);

  constructor(reader: RangeReader, windowBytes: number) {
    this.#reader = reader;
    this.#windowBytes = windowBytes;
  }

  /** The bytes of a range; throws `ARCHIVE_TRUNCATED` where the archive ends within it. */
  async bytes(offset: number, length: number, what: string): Promise<Buffer> {
    if (offset < this.#start || offset + length > this.#start + this.#window.length) {
      if (offset + length > this.#reader.sizeBytes) throw truncated(what, offset + length, this.#reader.sizeBytes);
      const windowBytes = Math.min(Math.max(length, this.#windowBytes), this.#reader.sizeBytes - offset);
      const chunks: Uint8Array[] = [];
      for await (const chunk of readExactly(this.#reader, offset, windowBytes, what)) chunks.push(chunk);
      this.#window = Buffer.concat(chunks);
      this.#start = offset;
    }
    return this.#window.subarray(offset - this.#start, offset - this.#start + length);
  }
}

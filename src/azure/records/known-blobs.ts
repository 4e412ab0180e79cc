import type { z } from 'zod';
import type { JsonBlobs, Read } from './blob-json.ts';

/**
 * JSON blobs that are written once, kept in memory under their ETag as long as there is room. The ETag is asked for each
 * time: a transfer may be deleted and another one get its id, also by another worker. Callers share the values.
 */
export class KnownBlobs {
  readonly #blobs: JsonBlobs;
  readonly #maxChars: number;
  readonly #known = new Map<string, Read<unknown>>();
  #chars = 0;

  /** `maxChars` of JSON text are kept at most, the last used ones; a longer blob is read anew each time. */
  constructor(blobs: JsonBlobs, maxChars: number) {
    this.#blobs = blobs;
    this.#maxChars = maxChars;
  }

  async read<T>(blob: string, schema: z.ZodType<T>): Promise<T | undefined> {
    // A name has one schema, so what is kept under it has its type.
    const known = this.#known.get(blob) as Read<T> | undefined;
    const read = await this.#blobs.readUnlessKnown(blob, schema, known);
    this.#forget(blob);
    if (read) this.#keep(blob, read);
    return read?.value;
  }

  #keep(blob: string, read: Read<unknown>): void {
    if (read.chars > this.#maxChars) return;
    for (const oldest of this.#known.keys()) {
      if (this.#chars + read.chars <= this.#maxChars) break;
      this.#forget(oldest);
    }
    this.#known.set(blob, read);
    this.#chars += read.chars;
  }

  #forget(blob: string): void {
    this.#chars -= this.#known.get(blob)?.chars ?? 0;
    this.#known.delete(blob);
  }
}

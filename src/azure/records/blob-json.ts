import type { z } from 'zod';
import { TransferError } from '../../domain/errors.ts';
import type { ContainerStore } from '../blobs/storage.ts';

/** A document as it was read; `chars` is the length of its JSON text. */
export interface Read<T> {
  value: T;
  etag: string;
  chars: number;
}

/** JSON documents as storage blobs, checked by their schema when read. */
export class JsonBlobs {
  readonly #container: ContainerStore;

  constructor(container: ContainerStore) {
    this.#container = container;
  }

  get container(): ContainerStore {
    return this.#container;
  }

  async read<T>(blob: string, schema: z.ZodType<T>): Promise<T | undefined> {
    return (await this.#readWithEtag(blob, schema))?.value;
  }

  /** As {@link read}, with the ETag; what is `known` and still has its ETag is not read again. */
  async readUnlessKnown<T>(
    blob: string,
    schema: z.ZodType<T>,
    known: Read<T> | undefined,
  ): Promise<Read<T> | undefined> {
    if (known && (await this.#container.properties(blob))?.etag === known.etag) return known;
    return this.#readWithEtag(blob, schema);
  }

  /** Writes whatever is there, its metadata included. */
  async write(blob: string, value: unknown, metadata?: Record<string, string>): Promise<void> {
    await this.#container.writeText(blob, JSON.stringify(value), metadata ? { metadata } : {});
  }

  /** Writes only where nothing is. @returns whether it was this call that wrote */
  async create(blob: string, value: unknown): Promise<boolean> {
    return (await this.#container.writeText(blob, JSON.stringify(value), { ifNoneMatch: '*' })) !== 'conflict';
  }

  /**
   * Reads, changes and writes back, again when somebody else wrote in between. `change` may run several times; what it
   * gives back as it got it is not written.
   */
  async update<T>(blob: string, schema: z.ZodType<T>, change: (value: T | undefined) => T): Promise<T> {
    for (;;) {
      const found = await this.#readWithEtag(blob, schema);
      const changed = change(found?.value);
      if (found && changed === found.value) return changed;
      const condition = found ? { ifMatch: found.etag } : ({ ifNoneMatch: '*' } as const);
      if ((await this.#container.writeText(blob, JSON.stringify(changed), condition)) !== 'conflict') return changed;
    }
  }

  /**
   * As {@link update} of what is there; nothing is written where nothing is, or where `change` gives `undefined`.
   * @returns what was written
   */
  async change<T>(blob: string, schema: z.ZodType<T>, change: (value: T) => T | undefined): Promise<T | undefined> {
    for (;;) {
      const found = await this.#readWithEtag(blob, schema);
      const changed = found && change(found.value);
      if (!found || changed === undefined) return undefined;
      const written = await this.#container.writeText(blob, JSON.stringify(changed), { ifMatch: found.etag });
      if (written !== 'conflict') return changed;
    }
  }

  async #readWithEtag<T>(blob: string, schema: z.ZodType<T>): Promise<Read<T> | undefined> {
    const found = await this.#container.readText(blob);
    if (!found) return undefined;
    const value = parseJson(found.text, schema, `${this.#container.url}/${blob}`);
    return { value, etag: found.etag, chars: found.text.length };
  }
}

function parseJson<T>(text: string, schema: z.ZodType<T>, url: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    // A schema that takes nothing for something has a value for what is no JSON, too.
    const fallback = schema.safeParse(undefined);
    if (fallback.success) return fallback.data;
    const message = `${url} does not hold what this version of the app writes there: ${String(cause)}`;
    throw new TransferError(message, { class: 'service', code: 'RECORD_UNREADABLE', cause });
  }
}

import { z } from 'zod';
import type { JsonBlobs } from './blob-json.ts';

const strictSchema = z.object({ after: z.string().nullable() });

/** Of a cursor that is forgotten when it cannot be read: it must not keep anybody from the work. */
const forgivingSchema = strictSchema.catch({ after: null });

/** Where something stopped that goes on there the next time: one blob of a name. */
export class Cursor {
  readonly #blobs: JsonBlobs;
  readonly #name: string;
  readonly #schema: typeof strictSchema | typeof forgivingSchema;

  constructor(blobs: JsonBlobs, name: string, { forgiving = false }: { forgiving?: boolean } = {}) {
    this.#blobs = blobs;
    this.#name = name;
    this.#schema = forgiving ? forgivingSchema : strictSchema;
  }

  /** `null` where it has never stopped, or came to the end. */
  async read(): Promise<string | null> {
    return (await this.#blobs.read(this.#name, this.#schema))?.after ?? null;
  }

  write(after: string | null): Promise<void> {
    return this.#blobs.write(this.#name, { after });
  }
}

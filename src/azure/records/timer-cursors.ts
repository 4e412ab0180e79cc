import { z } from 'zod';
import type { ContainerStore } from '../storage.ts';
import { JsonBlobs } from './blob-json.ts';

/** What cannot be read is forgotten: it must not keep a timer from its work. */
const cursorSchema = z.object({ after: z.string().nullable() }).catch({ after: null });

/** What stops where its time is over, and goes on there the next time. */
export type TimerWork = 'reconcile' | 'purge';

/** Where timers stopped: `cursors/{work}.json`. The retention of transfers and of imports have theirs in their own records. */
export class TimerCursors {
  readonly #blobs: JsonBlobs;

  constructor(container: ContainerStore) {
    this.#blobs = new JsonBlobs(container);
  }

  /** `null` where it has never stopped, or came to the end. */
  async read(work: TimerWork): Promise<string | null> {
    return (await this.#blobs.read(`cursors/${work}.json`, cursorSchema))?.after ?? null;
  }

  write(work: TimerWork, after: string | null): Promise<void> {
    return this.#blobs.write(`cursors/${work}.json`, { after });
  }
}

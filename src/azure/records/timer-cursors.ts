import type { ContainerStore } from '../blobs/storage.ts';
import { JsonBlobs } from './blob-json.ts';
import { Cursor } from './cursor.ts';

/** What stops where its time is over, and goes on there the next time. */
export type TimerWork = 'reconcile' | 'purge';

/** Where timers stopped: `cursors/{work}.json`. The retention of transfers and of imports have theirs in their own records. */
export class TimerCursors {
  readonly #blobs: JsonBlobs;

  constructor(container: ContainerStore) {
    this.#blobs = new JsonBlobs(container);
  }

  /** `null` where it has never stopped, or came to the end. */
  read(work: TimerWork): Promise<string | null> {
    return this.#of(work).read();
  }

  write(work: TimerWork, after: string | null): Promise<void> {
    return this.#of(work).write(after);
  }

  #of(work: TimerWork): Cursor {
    return new Cursor(this.#blobs, `cursors/${work}.json`, { forgiving: true });
  }
}

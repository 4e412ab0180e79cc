import type { WorkItem } from './durable-store.ts';
import type { HistoryEvent } from './history-events.ts';

export interface Answer {
  item: WorkItem;
  event: HistoryEvent;
}

/** How long to wait before answers that could not be written are written again. */
const RETRY_DELAY_MS = 1000;

/** Gathers the answers of activities that end at about the same moment, so that one transaction takes them all. */
export class Answers {
  readonly #write: (answers: readonly Answer[]) => void;
  readonly #onFault: (error: unknown) => void;
  #pending: Answer[] = [];
  #isScheduled = false;

  /** @param write writes in one transaction, or throws and has written nothing */
  constructor(write: (answers: readonly Answer[]) => void, onFault: (error: unknown) => void) {
    this.#write = write;
    this.#onFault = onFault;
  }

  add(answer: Answer): void {
    this.#pending.push(answer);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.flush());
  }

  /** Writes what has gathered, now. */
  flush(): void {
    this.#isScheduled = false;
    const answers = this.#pending;
    if (answers.length === 0) return;
    this.#pending = [];
    try {
      this.#write(answers);
    } catch (error) {
      this.#pending = [...answers, ...this.#pending];
      this.#isScheduled = true;
      setTimeout(() => this.flush(), RETRY_DELAY_MS).unref();
      this.#onFault(error);
    }
  }
}

/** Runs work strictly one after the other. */
export class Queue {
  #last: Promise<void> = Promise.resolve();
  #pending = 0;

  /** Whether nothing runs and nothing waits. */
  get isIdle(): boolean {
    return this.#pending === 0;
  }

  /** Resolves or rejects as `work` does; a failure does not stop what waits behind it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#pending += 1;
    const result = this.#last.then(work);
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await result;
    } finally {
      this.#pending -= 1;
    }
  }
}

/** A {@link Queue} for each key; the work of different keys runs side by side. */
export class KeyedQueue {
  readonly #queues = new Map<string, Queue>();

  /** As {@link Queue.run}, among the work of the same key. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? new Queue();
    this.#queues.set(key, queue);
    try {
      return await queue.run(work);
    } finally {
      if (queue.isIdle) this.#queues.delete(key);
    }
  }
}

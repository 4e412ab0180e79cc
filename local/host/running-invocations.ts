/** One invocation that is being run. */
export interface RunningInvocation {
  functionName: string;
  invocationId: string;
  startedMs: number;
}

/**
 * Knows what runs. Tells of the first invocation that takes longer than the limit, and when nothing runs any more.
 * One clock for all invocations, because all have the same limit and the oldest comes first.
 */
export class RunningInvocations {
  readonly #running = new Set<RunningInvocation>();
  #idleListeners: (() => void)[] = [];
  #clock: NodeJS.Timeout | undefined;

  /** Calls `onTimeout` once, with the first invocation that ran longer than `limitMs`. Watches until {@link stop}. */
  watch(limitMs: number, onTimeout: (invocation: RunningInvocation) => void): void {
    this.#clock = setInterval(
      () => {
        const oldest = this.#running.values().next().value;
        if (oldest === undefined || Date.now() - oldest.startedMs <= limitMs) return;
        this.stop();
        onTimeout(oldest);
      },
      Math.min(Math.max(limitMs / 10, 20), 1000),
    ).unref();
  }

  stop(): void {
    clearInterval(this.#clock);
  }

  begin(functionName: string, invocationId: string): RunningInvocation {
    const invocation = { functionName, invocationId, startedMs: Date.now() };
    this.#running.add(invocation);
    return invocation;
  }

  end(invocation: RunningInvocation): void {
    this.#running.delete(invocation);
    if (this.#running.size > 0) return;
    const listeners = this.#idleListeners;
    this.#idleListeners = [];
    for (const listener of listeners) listener();
  }

  /** Resolves as soon as nothing runs. */
  async idle(): Promise<void> {
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => this.#idleListeners.push(resolve));
  }
}

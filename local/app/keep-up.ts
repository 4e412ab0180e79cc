/** A part of the local cloud in a process of its own. */
export interface Part {
  /** Resolves when it has ended, however. */
  exited: Promise<unknown>;
  stop(): Promise<void>;
}

/** A part that is started again whenever it ends by itself. */
export interface KeptUp<P extends Part> {
  /** The process that runs now, or ran last. */
  readonly current: P;
  /** Rejects when it died twice in short order, or could not be started again. */
  failed: Promise<never>;
  stop(): Promise<void>;
}

export interface KeepUpOptions<P extends Part> {
  first: P;
  /** Starts it in the place of the one that ended. */
  startAgain(ended: P): Promise<P>;
  /** Two deaths within so many milliseconds are the end of it. */
  giveUpWithinMs: number;
  /** What to say then. */
  describeEnd(): string;
}

/** Keeps a part up: at once, whenever it ends by itself, another one takes its place. */
export function keepUp<P extends Part>({
  first,
  startAgain,
  giveUpWithinMs,
  describeEnd,
}: KeepUpOptions<P>): KeptUp<P> {
  let current = first;
  let starting: Promise<P> | undefined;
  let stopping = false;
  const watch = async (): Promise<never> => {
    for (let lastDeathMs = Number.NEGATIVE_INFINITY; ; ) {
      await current.exited;
      if (stopping) return new Promise<never>(() => {});
      const now = performance.now();
      if (now - lastDeathMs < giveUpWithinMs) throw new Error(describeEnd());
      lastDeathMs = now;
      starting = startAgain(current);
      current = await starting;
    }
  };
  const failed = watch();
  failed.catch(() => {});
  return {
    get current() {
      return current;
    },
    failed,
    async stop() {
      stopping = true;
      // Where it could not be started again, `failed` has told why; the one that died is stopped already.
      const last = (await starting?.catch(() => undefined)) ?? current;
      await last.stop();
    },
  };
}

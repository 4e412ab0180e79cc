import { type HostProcess, type SpawnHostOptions, spawnHost } from '../host/client.ts';

/** A Functions host that is started again when it dies. */
export interface SupervisedHost {
  readonly pid: number;
  readonly port: number;
  /** Rejects when it died twice in short order, with the last lines of its log. */
  failed: Promise<never>;
  stop(): Promise<void>;
}

const KEPT_LINES = 20;

export interface SuperviseOptions extends SpawnHostOptions {
  /** Two deaths within so many milliseconds are the end of it. */
  giveUpWithinMs: number;
  /** Told when the host is up again. */
  onRestart(host: HostProcess): Promise<void>;
}

/** Starts the Functions host and keeps it up: on the same port, at once, whenever it ends by itself. */
export async function superviseHost({
  giveUpWithinMs,
  onRestart,
  ...options
}: SuperviseOptions): Promise<SupervisedHost> {
  const lines: string[] = [];
  const log = (line: string): void => {
    options.log?.(line);
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  };
  let current = await spawnHost({ ...options, log });
  let stopping = false;
  const watch = async (): Promise<never> => {
    for (let lastDeathMs = Number.NEGATIVE_INFINITY; ; ) {
      await current.exited;
      if (stopping) return new Promise<never>(() => {});
      const now = performance.now();
      if (now - lastDeathMs < giveUpWithinMs) throw new Error(`The Functions host died twice:\n${lines.join('\n')}`);
      lastDeathMs = now;
      current = await spawnHost({ ...options, port: current.port, log });
      await onRestart(current);
    }
  };
  const failed = watch();
  failed.catch(() => {});
  return {
    get pid() {
      return current.pid;
    },
    get port() {
      return current.port;
    },
    failed,
    async stop() {
      stopping = true;
      await current.stop();
    },
  };
}

import { type HostProcess, type SpawnHostOptions, spawnHost } from '../host/client.ts';

/** A Functions host that is started again when it dies. */
export interface SupervisedHost {
  readonly pid: number;
  readonly port: number;
  /** Rejects when it died twice within 10 s, with the last lines of its log. */
  failed: Promise<never>;
  stop(): Promise<void>;
}

const TWICE_WITHIN_MS = 10_000;
const KEPT_LINES = 20;

/**
 * Starts the Functions host and keeps it up: on the same port, at once, whenever it ends by itself. `onRestart` is
 * told when it is up again.
 */
export async function superviseHost(
  options: SpawnHostOptions,
  onRestart: (host: HostProcess) => Promise<void>,
): Promise<SupervisedHost> {
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
      if (now - lastDeathMs < TWICE_WITHIN_MS) throw new Error(`The Functions host died twice:\n${lines.join('\n')}`);
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

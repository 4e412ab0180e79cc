import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudOptions } from '../cloud/cloud.ts';
import { ServicePortTakenError } from '../cloud/port-taken.ts';
import { type CloudProcess, spawnCloud } from '../cloud/process.ts';
import { type HostProcess, type SpawnHostOptions, spawnHost } from '../host/client.ts';
import { keepUp } from './keep-up.ts';

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
  const kept = keepUp({
    first: await spawnHost({ ...options, log }),
    async startAgain({ port }) {
      const host = await spawnHost({ ...options, port, log });
      await onRestart(host);
      return host;
    },
    giveUpWithinMs,
    describeEnd: () => `The Functions host died twice:\n${lines.join('\n')}`,
  });
  return {
    get pid() {
      return kept.current.pid;
    },
    get port() {
      return kept.current.port;
    },
    failed: kept.failed,
    stop: () => kept.stop(),
  };
}

/** The emulators, started again when their process dies, or Azurite's. */
export interface SupervisedCloud extends Pick<CloudProcess, 'ports' | 'subscribe'> {
  readonly pid: number;
  readonly azuritePid: number;
  /** Rejects when they died twice in short order. */
  failed: Promise<never>;
  stop(): Promise<void>;
}

/** How long a killed cloud's Azurite may take to notice. */
const PORT_LIMIT_MS = 10_000;
const PORT_POLL_MS = 50;

/** Starts the emulators and keeps them up: on the same ports and folder, at once, whenever they end by themselves. */
export async function superviseCloud(
  options: Omit<CloudOptions, 'log'>,
  giveUpWithinMs: number,
): Promise<SupervisedCloud> {
  const kept = keepUp({
    first: await spawnCloud(options),
    startAgain: ({ ports }) => spawnOnFreedPorts({ ...options, ports }),
    giveUpWithinMs,
    describeEnd: () => 'The local cloud died twice; logs/cloud.log says why.',
  });
  return {
    get pid() {
      return kept.current.pid;
    },
    get azuritePid() {
      return kept.current.azuritePid;
    },
    ports: kept.current.ports,
    failed: kept.failed,
    subscribe: (subscription) => kept.current.subscribe(subscription),
    stop: () => kept.stop(),
  };
}

async function spawnOnFreedPorts(options: Omit<CloudOptions, 'log'>): Promise<CloudProcess> {
  for (const giveUpAtMs = performance.now() + PORT_LIMIT_MS; ; ) {
    try {
      return await spawnCloud(options);
    } catch (error) {
      if (!(error instanceof ServicePortTakenError) || performance.now() > giveUpAtMs) throw error;
      await sleep(PORT_POLL_MS);
    }
  }
}

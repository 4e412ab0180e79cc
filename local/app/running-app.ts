import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ServicePortTakenError } from '../cloud/port-taken.ts';
import { HostExitError } from '../host/client.ts';
import { superviseHost } from './supervise.ts';

export interface AppOptions {
  /** Folder of the host's state and log. */
  dir: string;
  /** Folder with the built app. */
  appDir: string;
  port: number;
  env: Record<string, string>;
  /** Told when the host is up, at first and whenever it was started again. */
  onUp?(host: { pid: number; port: number }): Promise<void>;
}

/** A Functions host with the app, kept up, logging to `{dir}/logs/functions.log`. */
export interface RunningApp {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  /** Function key of the app, and the host's master key. */
  readonly keys: { function: string; master: string };
  /** Rejects when it is gone for good. */
  failed: Promise<never>;
  stop(): Promise<void>;
}

const GIVE_UP_WITHIN_MS = 10_000;
/** Exit code of a Functions host whose port another process has. */
const HOST_PORT_TAKEN = 3;

/** Starts a Functions host. @throws ServicePortTakenError, HostExitError */
export async function startApp({ dir, appDir, port, env, onUp }: AppOptions): Promise<RunningApp> {
  await mkdir(join(dir, 'logs'), { recursive: true });
  const file = createWriteStream(join(dir, 'logs', 'functions.log'), { flags: 'a', mode: 0o600 });
  const log = (line: string) => void file.write(`${line}\n`);
  const onRestart = async (host: { pid: number; port: number }) => onUp?.(host);
  const options = { appDir, port, dataDir: join(dir, 'host'), env, log, giveUpWithinMs: GIVE_UP_WITHIN_MS, onRestart };
  const host = await superviseHost(options).catch((error: unknown) => {
    const isTaken = error instanceof HostExitError && error.exitCode === HOST_PORT_TAKEN;
    throw isTaken ? new ServicePortTakenError('functions', port) : error;
  });
  await onUp?.(host);
  return {
    get pid() {
      return host.pid;
    },
    get port() {
      return host.port;
    },
    get url() {
      return `http://127.0.0.1:${host.port}`;
    },
    keys: { function: env.LOCAL_HOST_KEY ?? '', master: env.LOCAL_HOST_MASTER_KEY ?? '' },
    failed: host.failed,
    async stop() {
      await host.stop();
      await new Promise((resolve) => file.end(resolve));
    },
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SubscriptionInput } from '../event-grid/subscription.ts';
import type { CloudOptions } from './cloud.ts';
import { ServicePortTakenError } from './port-taken.ts';
import type { PortName, Ports } from './ports.ts';
import type { Provisioned } from './provision.ts';
import { askToSubscribe } from './subscribing.ts';

/** What the emulators' process says on its standard output. */
export type CloudMessage =
  | ({ ready: true; ports: Ports; azuritePid: number } & Provisioned)
  | { ready: false; taken: { service: PortName; port: number } };

/** The emulators in a process of their own. */
export interface CloudProcess extends Provisioned {
  pid: number;
  /** Azurite's own process. */
  azuritePid: number;
  ports: Ports;
  /** Resolves with the exit code when it has ended, however. */
  exited: Promise<number | null>;
  /** Makes an Event Grid subscription, or replaces the one of its name; its endpoint must take part in the handshake. */
  subscribe(subscription: SubscriptionInput): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

const STOP_LIMIT_MS = 10_000;

/**
 * Starts the emulators in a process of their own, logging to `{dir}/logs/cloud.log`.
 * @throws ServicePortTakenError, or an error that names the log
 */
export async function spawnCloud(options: Omit<CloudOptions, 'log'>): Promise<CloudProcess> {
  const logFile = join(options.dir, 'logs', 'cloud.log');
  await mkdir(join(options.dir, 'logs'), { recursive: true });
  const script = join(import.meta.dirname, 'main.ts');
  const args = ['--disable-warning=ExperimentalWarning', '--disable-warning=UNDICI-EHPA', script];
  const child = spawn(process.execPath, [...args, '--options', JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    // A terminal's Ctrl-C must reach the one that stops all in order, and only it.
    detached: true,
  });
  child.stderr?.pipe(createWriteStream(logFile, { flags: 'a', mode: 0o600 }));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const message = await Promise.race([firstMessage(child), exited.then(() => undefined)]);
  if (!message) throw new Error(`The local cloud did not start; ${logFile} says why.`);
  if (!message.ready) throw new ServicePortTakenError(message.taken.service, message.taken.port);
  const { ready: _, ...started } = message;
  return {
    ...started,
    pid: child.pid ?? 0,
    exited,
    subscribe: (subscription) => askToSubscribe(child, subscription),
    stop: () => stopChild(child, exited),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function firstMessage(child: ChildProcess): Promise<CloudMessage | undefined> {
  if (!child.stdout) return undefined;
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as CloudMessage;
  return undefined;
}

async function stopChild(child: ChildProcess, exited: Promise<number | null>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(timer);
}

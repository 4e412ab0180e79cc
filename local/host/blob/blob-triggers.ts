import type { DatabaseSync } from 'node:sqlite';
import type { InputDatum, RegisteredFunction } from '../app-model.ts';
import type { Invoker } from '../invoke.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings.ts';
import { BlobEventQueue } from './blob-event-queue.ts';
import { BlobEventRunner } from './blob-event-runner.ts';
import { BlobPoller } from './blob-poller.ts';
import { BlobReceipts } from './blob-receipts.ts';
import { blobTrigger } from './blob-trigger.ts';
import { BlobWebhook } from './blob-webhook.ts';

export interface BlobTriggersParts {
  functions: readonly RegisteredFunction[];
  settings: Settings;
  database: DatabaseSync;
  invoker: Invoker;
  log: Log;
  pollIntervalMs: number;
  clientInputs(fn: RegisteredFunction): InputDatum[];
}

/** The blob functions of an app: those that poll, and those that Event Grid tells. */
export interface BlobTriggers {
  webhook: BlobWebhook;
  start(): void;
  /** Begins no more runs; resolves when those under way have ended. */
  stop(): Promise<void>;
}

/** Opens the triggers of an app's blob functions, each by its `source`. Throws `HostStartError`. */
export async function openBlobTriggers(parts: BlobTriggersParts): Promise<BlobTriggers> {
  const { functions, settings, database, pollIntervalMs, ...shared } = parts;
  const receipts = new BlobReceipts(database);
  const found = await Promise.all(functions.map((fn) => blobTrigger(fn, settings)));
  const triggers = found.filter((trigger) => trigger !== undefined);
  const pollers = triggers
    .filter(({ source }) => source === 'LogsAndContainerScan')
    .map((trigger) => new BlobPoller(trigger, { ...shared, receipts, pollIntervalMs }));
  const queue = new BlobEventQueue(database);
  // The two names that the extension registers for a function; they are compared with case.
  const ids = ({ metadata }: RegisteredFunction) => [`Host.Functions.${metadata.name}`, `Functions.${metadata.name}`];
  const told = triggers.filter(({ source }) => source === 'EventGrid');
  const byId = new Map(told.flatMap((trigger) => ids(trigger.fn).map((id) => [id, trigger] as const)));
  const runner = new BlobEventRunner({ ...shared, queue, triggers: byId, receipts });
  return {
    webhook: new BlobWebhook(queue, parts.log, () => runner.wake()),
    start() {
      for (const poller of pollers) poller.start();
      runner.wake();
    },
    async stop() {
      await Promise.all([runner.stop(), ...pollers.map((poller) => poller.stop())]);
    },
  };
}

import type { InputDatum, RegisteredFunction } from '../app-model.ts';
import { messageOf, stackOf } from '../errors.ts';
import type { Invoker } from '../invoke.ts';
import type { Log } from '../log.ts';
import type { BlobEventQueue, QueuedBlob } from './blob-event-queue.ts';
import { type BlobReceipts, MAX_BLOB_TRIES } from './blob-receipts.ts';
import { blobInvocation } from './blob-trigger.ts';
import type { BlobTrigger, FoundBlob } from './blob-types.ts';

export interface BlobEventRunnerParts {
  queue: BlobEventQueue;
  /** Triggers whose source is Event Grid, by function id. */
  triggers: ReadonlyMap<string, BlobTrigger>;
  receipts: BlobReceipts;
  invoker: Invoker;
  log: Log;
  clientInputs(fn: RegisteredFunction): InputDatum[];
}

const MAX_CONCURRENT_RUNS = 8;
const CATEGORY = 'Host.Blobs';

/**
 * Runs the functions for queued blobs: each at most 5 times, then its blob is poison. As in the service there are no
 * receipts: a blob that was queued twice runs twice, with what it is by then; one that is gone runs nothing.
 */
export class BlobEventRunner {
  readonly #parts: BlobEventRunnerParts;
  readonly #running = new Map<number, Promise<void>>();
  #isStopping = false;

  constructor(parts: BlobEventRunnerParts) {
    this.#parts = parts;
  }

  /** Begins what waits, as far as there is room. */
  wake(): void {
    if (this.#isStopping) return;
    for (const blob of this.#parts.queue.first(2 * MAX_CONCURRENT_RUNS)) {
      if (this.#running.size >= MAX_CONCURRENT_RUNS) return;
      if (this.#running.has(blob.rowId)) continue;
      const run = this.#run(blob).finally(() => {
        this.#running.delete(blob.rowId);
        this.wake();
      });
      this.#running.set(blob.rowId, run);
    }
  }

  /** Begins no more runs; resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#running.values());
  }

  async #run(blob: QueuedBlob): Promise<void> {
    const { queue, log } = this.#parts;
    const tries = blob.tries + 1;
    if (blob.tries >= MAX_BLOB_TRIES) return this.#poison(blob, 'the process ended during the last try');
    queue.begin(blob.rowId);
    try {
      await this.#invoke(blob);
      queue.remove(blob.rowId);
    } catch (error) {
      const try_ = `try ${tries} of ${MAX_BLOB_TRIES} of ${blob.functionId} for '${blob.blobName}'`;
      log('error', CATEGORY, `${try_} failed: ${stackOf(error)}`);
      if (tries >= MAX_BLOB_TRIES) this.#poison(blob, messageOf(error));
      else queue.requeue(blob.rowId);
    }
  }

  async #invoke(blob: QueuedBlob): Promise<void> {
    const { triggers, invoker, log, clientInputs } = this.#parts;
    const trigger = triggers.get(blob.functionId);
    const path = `'${blob.container}/${blob.blobName}'`;
    if (trigger === undefined) {
      log('debug', CATEGORY, `${path} is not processed: there is no function ${blob.functionId} with source EventGrid`);
      return;
    }
    const found = await findBlob(trigger, blob);
    if (found === undefined) {
      log('debug', CATEGORY, `${path} is not processed: the blob is gone`);
      return;
    }
    const captured = blob.container === trigger.path.container ? trigger.path.match(blob.blobName) : undefined;
    const request = await blobInvocation(trigger, found, captured ?? {});
    request.inputData.push(...clientInputs(trigger.fn));
    await invoker.call(trigger.fn, request);
  }

  #poison(blob: QueuedBlob, reason: string): void {
    const { queue, receipts, log } = this.#parts;
    receipts.addPoison({ ...blob, functionName: blob.functionId.replace(/^(Host\.)?Functions\./, '') }, reason);
    queue.remove(blob.rowId);
    log('error', CATEGORY, `'${blob.container}/${blob.blobName}' is poison after ${MAX_BLOB_TRIES} tries: ${reason}`);
  }
}

async function findBlob({ service }: BlobTrigger, blob: QueuedBlob): Promise<FoundBlob | undefined> {
  const client = service.getContainerClient(blob.container).getBlobClient(blob.blobName);
  try {
    const { etag = '', lastModified = new Date(0), ...properties } = await client.getProperties();
    const { container, blobName: name } = blob;
    return { container, name, metadata: properties.metadata, properties: { ...properties, etag, lastModified } };
  } catch (error) {
    if ((error as { statusCode?: unknown } | null)?.statusCode === 404) return undefined;
    throw error;
  }
}

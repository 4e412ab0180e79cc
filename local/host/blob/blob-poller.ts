import { setTimeout as delay } from 'node:timers/promises';
import type { BlobItem } from '@azure/storage-blob';
import type { InputDatum, RegisteredFunction } from '../app-model.ts';
import { messageOf, stackOf } from '../errors.ts';
import type { Invoker } from '../invoke.ts';
import type { Log } from '../log.ts';
import { type BlobReceipts, type BlobVersion, MAX_BLOB_TRIES } from './blob-receipts.ts';
import { blobInvocation } from './blob-trigger.ts';
import type { BlobTrigger } from './blob-types.ts';

export interface BlobPollerParts {
  invoker: Invoker;
  log: Log;
  receipts: BlobReceipts;
  pollIntervalMs: number;
  clientInputs(fn: RegisteredFunction): InputDatum[];
}

const MAX_CONCURRENT_RUNS = 8;
const LISTING_TIMEOUT_MS = 60_000;

/** Finds new blobs of one trigger by listing its container, and runs the function once for each version of each. */
export class BlobPoller {
  readonly #trigger: BlobTrigger;
  readonly #parts: BlobPollerParts;
  readonly #stopping = new AbortController();
  readonly #category: string;
  /** ETags of blobs with nothing left to do, by name; spares the receipts a look at every blob in every poll. */
  readonly #settled = new Map<string, string>();
  readonly #running = new Map<string, Promise<void>>();
  #lastFault: string | undefined;

  constructor(trigger: BlobTrigger, parts: BlobPollerParts) {
    this.#trigger = trigger;
    this.#parts = parts;
    this.#category = `Function.${trigger.fn.metadata.name}`;
  }

  start(): void {
    void this.#poll();
  }

  /** Begins no more runs; resolves when those under way have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running.values());
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#pollOnce();
        this.#lastFault = undefined;
      } catch (error) {
        if (!signal.aborted) this.#reportFault(error);
      }
      await delay(this.#parts.pollIntervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** A fault is told once, until it is another one or gone. */
  #reportFault(error: unknown): void {
    const { container } = this.#trigger.path;
    const code = (error as { code?: unknown } | null)?.code;
    const fault = `listing container '${container}' failed: ${code ?? ''} ${messageOf(error).split('\n')[0]}`;
    if (fault === this.#lastFault) return;
    this.#lastFault = fault;
    this.#parts.log('error', this.#category, `${fault}; trying again`);
  }

  async #pollOnce(): Promise<void> {
    const { path, service } = this.#trigger;
    const abortSignal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(LISTING_TIMEOUT_MS)]);
    const seen = new Set<string>();
    const options = { prefix: path.prefix, includeMetadata: true, abortSignal };
    for await (const blob of service.getContainerClient(path.container).listBlobsFlat(options)) {
      seen.add(blob.name);
      const captured = path.match(blob.name);
      if (captured === undefined || this.#settled.get(blob.name) === blob.properties.etag) continue;
      await this.#consider(blob, captured);
      if (this.#stopping.signal.aborted) return;
    }
    for (const name of this.#settled.keys()) if (!seen.has(name)) this.#settled.delete(name);
  }

  async #consider(blob: BlobItem, captured: Record<string, string>): Promise<void> {
    const { fn, path } = this.#trigger;
    const version = {
      functionName: fn.metadata.name,
      container: path.container,
      blobName: blob.name,
      etag: blob.properties.etag,
    };
    const key = JSON.stringify(version);
    if (this.#running.has(key)) return;
    const receipt = this.#parts.receipts.get(version);
    if (receipt?.state === 'done' || receipt?.state === 'poison') {
      this.#settled.set(blob.name, version.etag);
      return;
    }
    while (this.#running.size >= MAX_CONCURRENT_RUNS) await Promise.race(this.#running.values());
    if (this.#stopping.signal.aborted) return;
    const run = this.#run(version, blob, captured, receipt?.tries ?? 0).finally(() => this.#running.delete(key));
    this.#running.set(key, run);
  }

  async #run(version: BlobVersion, blob: BlobItem, captured: Record<string, string>, before: number): Promise<void> {
    const { receipts, invoker, log, clientInputs } = this.#parts;
    const tries = before + 1;
    const { fn } = this.#trigger;
    try {
      if (before >= MAX_BLOB_TRIES) return this.#poison(version, before, 'the process ended during the last try');
      receipts.put(version, { tries, state: 'started' });
      const request = await blobInvocation(this.#trigger, { ...blob, container: version.container }, captured);
      request.inputData.push(...clientInputs(fn));
      await invoker.call(fn, request);
      receipts.put(version, { tries, state: 'done' });
    } catch (error) {
      log('error', this.#category, `try ${tries} of ${MAX_BLOB_TRIES} for '${blob.name}' failed: ${stackOf(error)}`);
      if (tries >= MAX_BLOB_TRIES) this.#poison(version, tries, messageOf(error));
      else receipts.put(version, { tries, state: 'failed' });
    }
  }

  #poison(version: BlobVersion, tries: number, reason: string): void {
    this.#parts.receipts.put(version, { tries, state: 'poison' });
    this.#parts.receipts.addPoison(version, reason);
    const what = `'${version.container}/${version.blobName}' (ETag ${version.etag})`;
    this.#parts.log('error', this.#category, `${what} is poison after ${tries} tries: ${reason}`);
  }
}

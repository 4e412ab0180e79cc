import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { BlobItem } from '@azure/storage-blob';
import type { TokenAuthority } from '../tokens.ts';
import type { Behavior } from './behavior.ts';
import type { Listed } from './paging.ts';
import type { PipelineRecord } from './pipeline-model.ts';
import { keyOf, newOperationId } from './pipeline-runs.ts';
import type { Pipelines } from './pipelines.ts';
import type { Registry } from './registries.ts';
import type { ResourceStore } from './resource-store.ts';
import { failureOf } from './run-failure.ts';
import { type RunRecord, snapshotOf } from './run-model.ts';
import type { Runner } from './runner.ts';
import { openContainer } from './storage-access.ts';
import { toStorageFailure } from './storage-failure.ts';
import { stampSystemData } from './system-data.ts';

const MAX_AGE_MS = 60 * 24 * 3_600_000;
const CATEGORY = 'acr-transfer-blob';
const LIST_LIMIT_MS = 60_000;

/** A blob as a listing shows it, as far as the trigger looks. */
export type SeenBlob = Pick<BlobItem, 'name' | 'metadata'> & {
  properties: Pick<BlobItem['properties'], 'etag' | 'lastModified' | 'contentMD5'>;
};

/** The last state of a blob for which a run was started. */
export interface TakenBlob extends Listed {
  etag: string;
  /** Runs that were started for this state. */
  runs: number;
  runKey: string;
}

/** What a {@link SourceTrigger} works with. */
export interface SourceTriggerOptions {
  runs: ResourceStore<RunRecord>;
  taken: ResourceStore<TakenBlob>;
  pipelines: Pipelines;
  runner: Runner;
  behavior: Behavior;
  tokens: TokenAuthority;
  /** Milliseconds between the listing of a blob and the start of its run; default 0. */
  startDelayMs?: number | undefined;
  log?: ((line: string) => void) | undefined;
}

/** A blob that was listed, and waits for its run. */
interface ListedBlob {
  registry: Registry;
  pipelineName: string;
  blob: SeenBlob;
}

/**
 * Whether the source trigger imports a blob: changed in the last 60 days, with `Content-MD5` and with the metadata
 * `category=acr-transfer-blob` (the key in any case).
 */
export function meetsConditions({ properties, metadata = {} }: SeenBlob, nowMs: number): boolean {
  const [, category] = Object.entries(metadata).find(([key]) => key.toLowerCase() === 'category') ?? [];
  const isYoung = nowMs - properties.lastModified.getTime() < MAX_AGE_MS;
  return isYoung && (properties.contentMD5?.length ?? 0) > 0 && category === CATEGORY;
}

/**
 * The import pipelines' source trigger: looks through the containers of the pipelines whose trigger is enabled now, with
 * their identities or tokens, and starts one run for each state (ETag) of a blob that meets the conditions. As at the
 * service, a while may pass between the two: the run starts, whatever has become of the blob or the trigger by then.
 */
export class SourceTrigger {
  readonly #options: SourceTriggerOptions;
  readonly #controller = new AbortController();
  #polling: Promise<void> = Promise.resolve();
  /** What waits for its run, by the state of the blob. */
  readonly #listed = new Map<string, ListedBlob>();

  constructor(options: SourceTriggerOptions) {
    this.#options = options;
  }

  /** Looks again and again, each time so long after the last look has ended; the first time after the delay, too. */
  start(delayMs: number): void {
    const { signal } = this.#controller;
    const look = async (): Promise<never> => {
      for (;;) {
        await delay(delayMs, undefined, { signal });
        await this.poll();
      }
    };
    look().catch((error: unknown) => {
      if (!signal.aborted) this.#options.log?.(`source trigger: it has ended: ${String(error)}`);
    });
  }

  /**
   * Looks now, once what looks already has ended, and starts runs (with a delay: has them start later). What fails is
   * logged: the next look tries again.
   */
  poll(): Promise<void> {
    return this.#oneByOne(async () => {
      for (const { registry, pipeline } of [...this.#options.pipelines.importPipelines()]) {
        if (this.#controller.signal.aborted) return;
        await this.#pollPipeline(registry, pipeline).catch((error: unknown) => this.#logFailure(pipeline.name, error));
      }
    });
  }

  /** Starts now what was listed and still waits. */
  startListed(): Promise<void> {
    return this.#oneByOne(async () => {
      for (const key of [...this.#listed.keys()]) await this.#startListed(key);
    });
  }

  /** What was listed and still waits is forgotten: the first look after the next start lists it again. */
  async stop(): Promise<void> {
    this.#controller.abort();
    await this.#polling;
  }

  #oneByOne(work: () => Promise<void>): Promise<void> {
    this.#polling = this.#polling.then(work);
    return this.#polling;
  }

  async #pollPipeline(registry: Registry, pipeline: PipelineRecord): Promise<void> {
    if (pipeline.sourceTrigger !== 'Enabled') return;
    const { tokens } = this.#options;
    const signal = AbortSignal.any([this.#controller.signal, AbortSignal.timeout(LIST_LIMIT_MS)]);
    const container = await openContainer(snapshotOf(pipeline), registry.cloud, tokens, signal);
    const present = new Set<string>();
    for await (const blob of container.listBlobsFlat({ includeMetadata: true, abortSignal: signal })) {
      present.add(takenKeyOf(pipeline, blob.name));
      if (!meetsConditions(blob, Date.now())) continue;
      // It may have been switched, changed or deleted since the list was begun.
      const current = this.#options.pipelines.find(registry, 'importPipelines', pipeline.name);
      if (current?.sourceTrigger !== 'Enabled') return;
      await this.#list(registry, current, blob);
    }
    await this.#forgetAllBut(pipeline, present);
  }

  async #list(registry: Registry, pipeline: PipelineRecord, blob: SeenBlob): Promise<void> {
    const { startDelayMs = 0 } = this.#options;
    if (startDelayMs === 0) return this.#take(registry, pipeline, blob);
    const key = `${takenKeyOf(pipeline, blob.name)} ${blob.properties.etag}`;
    if (this.#listed.has(key)) return;
    this.#listed.set(key, { registry, pipelineName: pipeline.name, blob });
    delay(startDelayMs, undefined, { signal: this.#controller.signal })
      .then(() => this.#oneByOne(() => this.#startListed(key)))
      .catch(() => undefined);
  }

  async #startListed(key: string): Promise<void> {
    const listed = this.#listed.get(key);
    this.#listed.delete(key);
    if (listed === undefined || this.#controller.signal.aborted) return;
    const { registry, pipelineName, blob } = listed;
    const pipeline = this.#options.pipelines.find(registry, 'importPipelines', pipelineName);
    if (!pipeline) return;
    await this.#take(registry, pipeline, blob).catch((error: unknown) => this.#logFailure(pipelineName, error));
  }

  async #take(registry: Registry, pipeline: PipelineRecord, blob: SeenBlob): Promise<void> {
    const { taken, runs } = this.#options;
    const key = takenKeyOf(pipeline, blob.name);
    const { etag } = blob.properties;
    const known = taken.get(key);
    const before = known?.etag === etag ? known.runs : 0;
    if (before > 0 && !this.#mayRepeat(known)) return;
    // The name derives from what is taken: a process that ends between the two writes finds its run again.
    const name = runNameOf(pipeline, blob, before + 1);
    const runKey = keyOf(registry, name);
    if (!runs.get(runKey)) await this.#startRun(registry, pipeline, blob, name);
    await taken.put({ key, createdAtMs: known?.createdAtMs ?? taken.nextCreationMs(), etag, runs: before + 1, runKey });
  }

  #mayRepeat(known: TakenBlob | undefined): boolean {
    const { behavior, runs } = this.#options;
    return behavior.current.failedTrigger === 'again' && runs.get(known?.runKey ?? '')?.state.status === 'Failed';
  }

  async #startRun(registry: Registry, pipeline: PipelineRecord, blob: SeenBlob, name: string): Promise<void> {
    const { runs, runner } = this.#options;
    const now = Date.now();
    const caller = { oid: snapshotOf(pipeline).principalId ?? '', aud: '', exp: 0 };
    const run: RunRecord = {
      key: keyOf(registry, name),
      createdAtMs: runs.nextCreationMs(),
      id: `${registry.id}/pipelineRuns/${name}`,
      name,
      request: { pipelineResourceId: pipeline.id, blobName: blob.name },
      pipeline: snapshotOf(pipeline),
      operationId: newOperationId(),
      triggeredByChangeAtMs: blob.properties.lastModified.getTime(),
      state: { status: 'Running', startTimeMs: now, percentage: 0 },
      systemData: stampSystemData(undefined, caller, now),
    };
    await runs.put(run);
    runner.start(run);
  }

  /** What is said of blobs that are gone is of no more use: one that lands under their name has another ETag. */
  async #forgetAllBut(pipeline: PipelineRecord, present: ReadonlySet<string>): Promise<void> {
    const { taken } = this.#options;
    for (const { key } of taken.list(`${pipeline.key}.`)) if (!present.has(key)) await taken.delete(key);
  }

  #logFailure(name: string, error: unknown): void {
    if (this.#controller.signal.aborted) return;
    this.#options.log?.(`source trigger of ${name}: ${failureOf(toStorageFailure(error)).message}`);
  }
}

/** Names of the service's own runs hold `_`; the rest of the form is not documented. */
function runNameOf(pipeline: PipelineRecord, { name, properties }: SeenBlob, number: number): string {
  return `trigger_${hashOf(`${pipeline.key}\n${pipeline.createdAtMs}\n${name}\n${properties.etag}\n${number}`)}`;
}

function takenKeyOf(pipeline: PipelineRecord, blobName: string): string {
  return `${pipeline.key}.${hashOf(blobName)}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

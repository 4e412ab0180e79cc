import type { PipelineRun, PipelineRunRequest, RunAnswer } from '../../src/azure/arm/pipelines.ts';
import type { BlobEntry, BlobProperties } from '../../src/azure/blobs/storage.ts';
import { pipelineIdOf, type Route } from '../../src/domain/route/route.ts';

export const ARCHIVE = 'nightly.tar';

/** What an import run has done. */
export interface ImportRun {
  name: string;
  /** Content of the blob that it imported; `null` when it found none. */
  content: string | null;
  status: 'Running' | 'Succeeded' | 'Failed';
  /** When the blob changed that it is about, in milliseconds. */
  at: number;
  finishedAt: number | null;
  /** What the service had listed when it decided to start it; `undefined` for a run that somebody asked for. */
  listed: string | undefined;
}

interface Blob {
  content: string;
  etag: string;
  modifiedAt: number;
  metadata: Record<string, string>;
}

/**
 * A target: one blob, the import pipeline with its source trigger, and a registry, as the service behaves: the trigger
 * lists first and starts its run later, and a run reads the blob when it ends. Every call of the app is told to `onCall`
 * before and after.
 */
export class ImportService {
  now: number;
  isOn = true;
  readonly runs: ImportRun[] = [];
  /** Contents in the registry. */
  readonly arrived = new Set<string>();
  blob: Blob | undefined;
  #writes = 0;
  /** Runs that the app has started although one of the trigger, not failed, was there when it claimed that content. */
  needlessRuns = 0;
  #claimedLate: string | undefined;
  /** What the trigger has listed and not started a run for. */
  #listed: { content: string; at: number } | undefined;
  /** States that the trigger has taken: it takes each once. */
  readonly #taken = new Set<string>();
  readonly #deletesSource: boolean;
  readonly #onCall: (when: 'before' | 'after') => Promise<void>;

  constructor(options: { now: number; deletesSource: boolean; onCall: (when: 'before' | 'after') => Promise<void> }) {
    this.now = options.now;
    this.#deletesSource = options.deletesSource;
    this.#onCall = options.onCall;
  }

  /** Somebody writes the blob, with the mark that the trigger looks for. */
  write(content: string): void {
    this.#writes += 1;
    this.now += 2000;
    const metadata = { category: 'acr-transfer-blob' };
    this.blob = { content, etag: `"${this.#writes}"`, modifiedAt: this.now, metadata };
  }

  /** The trigger looks at the container. */
  triggerLists(): void {
    const { blob } = this;
    if (!this.isOn || !blob || blob.metadata.category === undefined || this.#taken.has(blob.etag)) return;
    this.#taken.add(blob.etag);
    this.#listed = { content: blob.content, at: blob.modifiedAt };
  }

  /** The run for what was listed shows. */
  triggerStarts(): void {
    if (!this.#listed) return;
    const { content, at } = this.#listed;
    this.#listed = undefined;
    const name = `triggered_${this.runs.length + 1}`;
    this.runs.push({ name, content: null, status: 'Running', at, finishedAt: null, listed: content });
  }

  /** Runs of the trigger that are going on end. */
  triggerEnds(succeeds: boolean): void {
    for (const run of this.runs) if (run.listed !== undefined && run.status === 'Running') this.#end(run, succeeds);
  }

  #end(run: ImportRun, succeeds = true): void {
    run.content = this.blob?.content ?? null;
    run.finishedAt = this.now;
    run.status = succeeds && this.blob ? 'Succeeded' : 'Failed';
    if (run.status === 'Failed') return;
    if (run.content !== null) this.arrived.add(run.content);
    if (this.#deletesSource) this.blob = undefined;
  }

  /** What the app sees of it, as a side of a route. */
  side(route: Route) {
    const call = async <T>(does: () => T): Promise<T> => {
      await this.#onCall('before');
      const answer = does();
      await this.#onCall('after');
      return answer;
    };
    const list = () => (this.blob ? [{ name: ARCHIVE, ...propertiesOf(this.blob) }] : []);
    return {
      container: {
        exists: async () => true,
        properties: () => call(() => this.blob && propertiesOf(this.blob)),
        setMetadata: (_name: string, metadata: Record<string, string>, ifMatch: string) =>
          call(() => this.#setMetadata(metadata, ifMatch)),
        list: async function* (): AsyncGenerator<BlobEntry> {
          yield* await call(list);
        },
      },
      pipelines: this.#pipelines(pipelineIdOf(route, 'target'), call),
      registry: async () => ({
        resolve: (_repository: string, tag: string) =>
          call(() => (this.arrived.has(tag) ? { digest: digestOf(tag) } : undefined)),
      }),
      settings: { container: 'https://acct.blob.target.test/transfer' },
    };
  }

  #setMetadata(metadata: Record<string, string>, ifMatch: string) {
    if (this.blob?.etag !== ifMatch) return 'conflict';
    const { content } = this.blob;
    if (this.runs.some(({ listed }) => listed === content)) this.#claimedLate = content;
    this.#writes += 1;
    this.blob = { ...this.blob, metadata, etag: `"${this.#writes}"`, modifiedAt: this.now };
    return { etag: this.blob.etag };
  }

  #isTriggered(): boolean {
    return this.runs.some(({ listed, status }) => listed === this.blob?.content && status !== 'Failed');
  }

  #pipelines(pipelineId: string, call: <T>(does: () => T) => Promise<T>) {
    const find = (name: string) => this.runs.find((run) => run.name === name);
    const list = () => this.runs.map((run) => toAnswer(run, pipelineId));
    return {
      getRegistry: async () => ({ loginServer: 'r.azurecr.target.test' }),
      getImportPipeline: () => call(() => this.#pipeline()),
      getRun: (name: string) =>
        call((): RunAnswer | undefined => {
          const run = find(name);
          // A run that somebody asked for ends by the second read of it.
          if (run?.listed === undefined && run?.status === 'Running') this.#end(run);
          return run && { run: toAnswer(run, pipelineId) };
        }),
      putRun: (name: string, _body: { request: PipelineRunRequest }) =>
        call((): RunAnswer => {
          const run = find(name) ?? newRun(name, this.now);
          if (!find(name)) this.runs.push(run);
          if (this.blob && this.blob.content === this.#claimedLate && this.#isTriggered()) this.needlessRuns += 1;
          return { run: toAnswer(run, pipelineId) };
        }),
      listRuns: async function* (): AsyncGenerator<PipelineRun> {
        yield* await call(list);
      },
    };
  }

  #pipeline() {
    const status = this.isOn ? 'Enabled' : 'Disabled';
    return {
      properties: {
        source: { storageAccessMode: 'ManagedIdentity' },
        options: [],
        trigger: { sourceTrigger: { status } },
      },
    };
  }
}

function newRun(name: string, at: number): ImportRun {
  return { name, content: null, status: 'Running', at, finishedAt: null, listed: undefined };
}

function propertiesOf({ content, etag, modifiedAt, metadata }: Blob): BlobProperties {
  const lastModified = new Date(modifiedAt).toISOString();
  return { sizeBytes: content.length, contentMd5: `md5-${content}`, etag, lastModified, metadata: { ...metadata } };
}

function toAnswer(run: ImportRun, pipelineResourceId: string): PipelineRun {
  const { name, content, status, at, finishedAt, listed } = run;
  const timestamp = new Date(at).toISOString();
  return {
    id: name,
    name,
    properties: {
      request: { pipelineResourceId, source: { name: ARCHIVE } },
      response: {
        status,
        startTime: timestamp,
        finishTime: finishedAt === null ? undefined : new Date(finishedAt).toISOString(),
        importedArtifacts: status === 'Succeeded' && content !== null ? [`app/nightly:${content}`] : undefined,
        pipelineRunErrorMessage: status === 'Failed' ? 'it failed' : undefined,
        trigger: listed === undefined ? undefined : { sourceTrigger: { timestamp } },
      },
    },
  };
}

/** The digest that a content has in the registry. */
export function digestOf(content: string): string {
  return `sha256:${Buffer.from(content).toString('hex').padEnd(64, '0').slice(0, 64)}`;
}

import { randomUUID } from 'node:crypto';
import { ArmError, badValue, methodNotAllowed } from './arm-error.ts';
import type { Behavior } from './behavior.ts';
import type { ArmAnswer } from './call.ts';
import { pageOf } from './paging.ts';
import type { PipelineRecord } from './pipeline-model.ts';
import { type ChildCall, checkName, childNotFound, type Pipelines } from './pipelines.ts';
import { formatPage, type Registries, type Registry, same } from './registries.ts';
import type { ResourceStore } from './resource-store.ts';
import { formatOperation, formatRun } from './run-format.ts';
import { isSameRun, type PipelineReference, parseRun, type RunRecord, snapshotOf } from './run-model.ts';
import type { Runner } from './runner.ts';
import { stampSystemData } from './system-data.ts';

const TYPE = 'pipelineRuns';
const RETRY_AFTER_SECONDS = 1;

/** What {@link PipelineRuns} works with. */
export interface PipelineRunsOptions {
  store: ResourceStore<RunRecord>;
  registries: Registries;
  pipelines: Pipelines;
  runner: Runner;
  behavior: Behavior;
  pageSize: number;
}

/** Answers GET, PUT, DELETE and lists of pipeline runs, and their status monitors. */
export class PipelineRuns {
  readonly #options: PipelineRunsOptions;
  /** Deletions that were answered 202, by their operation: whether they are over. Forgotten when the process ends. */
  readonly #deletions = new Map<string, { isOver: boolean }>();

  constructor(options: PipelineRunsOptions) {
    this.#options = options;
  }

  async answer(call: ChildCall): Promise<ArmAnswer> {
    const { name, operationId } = call.path;
    if (name === undefined) return this.#list(call);
    if (operationId !== undefined) return this.#getOperation(call, name, operationId);
    if (call.method === 'GET') return { status: 200, body: this.#format(this.#find(call, name), call) };
    if (call.method === 'PUT') return this.#put(call, name);
    if (call.method === 'DELETE') return this.#delete(call, name);
    throw methodNotAllowed(call.method);
  }

  #list(call: ChildCall): ArmAnswer {
    if (call.method !== 'GET') throw methodNotAllowed(call.method);
    const runs = this.#options.store.list(keyOf(call.registry, ''));
    const { page, next } = pageOf(runs, this.#options.pageSize, call.url.searchParams.get('$skipToken'));
    const value = page.map((run) => this.#format(run, call));
    return { status: 200, body: formatPage(call.url, value, next) };
  }

  async #put(call: ChildCall, name: string): Promise<ArmAnswer> {
    checkName(name, TYPE);
    const { store, runner, behavior } = this.#options;
    const checksArtifacts = behavior.current.badArtifacts === 'refused';
    const { request, pipeline: reference, forceUpdateTag } = parseRun(await call.readBody(), checksArtifacts);
    this.#options.registries.requirePremium(call.registry, TYPE);
    const previous = store.get(keyOf(call.registry, name));
    if (previous && isSameRun(previous, request, forceUpdateTag)) {
      return { status: 200, body: this.#format(previous, call), headers: this.#monitorHeaders(call, previous) };
    }
    const isRunning = previous?.state.status === 'Running';
    if (isRunning && behavior.current.putWhileRunning === 'refused') throw stillRunning(name);
    const now = Date.now();
    const run: RunRecord = {
      key: keyOf(call.registry, name),
      createdAtMs: previous?.createdAtMs ?? store.nextCreationMs(),
      id: previous?.id ?? `${call.registry.id}/${TYPE}/${name}`,
      name: previous?.name ?? name,
      request,
      ...(forceUpdateTag === undefined ? {} : { forceUpdateTag }),
      pipeline: snapshotOf(this.#findPipeline(call.registry, reference, request.pipelineResourceId)),
      operationId: newOperationId(),
      state: { status: 'Running', startTimeMs: now, percentage: 0 },
      systemData: stampSystemData(previous?.systemData, call.caller, now),
    };
    // Begun before the run is replaced: what the former execution still says is then not kept.
    const former = runner.cancel(run.key);
    await store.put(run);
    await former;
    runner.start(run);
    const status = previous ? 200 : behavior.current.newRunStatus;
    return { status, body: this.#format(run, call), headers: this.#monitorHeaders(call, run) };
  }

  /** Drops the record; what a run has moved stays, and what is still going on ends. */
  async #delete(call: ChildCall, name: string): Promise<ArmAnswer> {
    const run = this.#options.store.get(keyOf(call.registry, name));
    if (!run) return { status: 204 };
    if (this.#options.behavior.current.runDeleteStatus === 200) {
      await this.#drop(run);
      return { status: 200 };
    }
    const operationId = newOperationId();
    const deletion = { isOver: false };
    this.#deletions.set(operationId.toLowerCase(), deletion);
    void this.#drop(run).finally(() => {
      deletion.isOver = true;
    });
    return { status: 202, headers: { location: monitorUrl(call.url, run.id, operationId), ...RETRY_AFTER } };
  }

  async #drop({ key }: RunRecord): Promise<void> {
    await this.#options.runner.cancel(key);
    await this.#options.store.delete(key);
  }

  #getOperation(call: ChildCall, name: string, operationId: string): ArmAnswer {
    if (call.method !== 'GET') throw methodNotAllowed(call.method);
    const deletion = this.#deletions.get(operationId.toLowerCase());
    if (deletion?.isOver) return { status: 200 };
    if (deletion) return { status: 202, headers: { location: call.url.href, ...RETRY_AFTER } };
    const run = this.#find(call, name);
    if (!same(run.operationId, operationId)) throw childNotFound(call, `${TYPE}/operationStatuses`, operationId);
    const { behavior } = this.#options;
    const monitor = formatOperation(run, behavior.current);
    const goesOn = monitor.status === 'Running';
    if (behavior.current.runMonitor !== 'Location') {
      return { status: 200, body: monitor, headers: goesOn ? RETRY_AFTER : {} };
    }
    if (goesOn) return { status: 202, headers: { location: call.url.href, ...RETRY_AFTER } };
    return { status: 200, body: this.#format(run, call) };
  }

  #find(call: ChildCall, name: string): RunRecord {
    const run = this.#options.store.get(keyOf(call.registry, name));
    if (!run) throw childNotFound(call, TYPE, name);
    return run;
  }

  #findPipeline(registry: Registry, { registryId, type, name }: PipelineReference, text: string): PipelineRecord {
    const found = same(registryId, registry.id) ? this.#options.pipelines.find(registry, type, name) : undefined;
    if (found) return found;
    throw badValue('properties.request.pipelineResourceId', text, `an export or import pipeline of ${registry.id}`);
  }

  #format(run: RunRecord, { apiVersion, registry }: ChildCall) {
    const { runner, behavior } = this.#options;
    const percentage = runner.percentageOf(run);
    return formatRun(run, { behavior: behavior.current, apiVersion, percentage, loginServer: registry.loginServer });
  }

  #monitorHeaders({ url }: ChildCall, { id, operationId, state }: RunRecord): Record<string, string> {
    const { runMonitor } = this.#options.behavior.current;
    if (state.status !== 'Running' || runMonitor === 'absent') return {};
    return { [runMonitor.toLowerCase()]: monitorUrl(url, id, operationId), ...RETRY_AFTER };
  }
}

const RETRY_AFTER = { 'retry-after': String(RETRY_AFTER_SECONDS) };

/** The key of a registry's run. */
export function keyOf(registry: Registry, name: string): string {
  return `${registry.key}.${name.toLowerCase()}`;
}

/** A new id of a status monitor of runs. */
export function newOperationId(): string {
  return `pipelineruns-${randomUUID()}`;
}

function monitorUrl(url: URL, id: string, operationId: string): string {
  const version = encodeURIComponent(url.searchParams.get('api-version') ?? '');
  return `${url.origin}${id}/operationStatuses/${operationId}?api-version=${version}`;
}

function stillRunning(name: string): ArmError {
  const message = `The pipeline run '${name}' is still running; another execution can be started when it has ended.`;
  return new ArmError(409, 'PipelineRunInProgress', message);
}

import { randomUUID } from 'node:crypto';
import { ArmError, badValue, methodNotAllowed } from './arm-error.ts';
import type { ArmAnswer } from './call.ts';
import { principalOf } from './identity.ts';
import { pageOf } from './paging.ts';
import type { PipelineRecord } from './pipeline-model.ts';
import { type ChildCall, checkName, childNotFound, type Pipelines } from './pipelines.ts';
import { formatPage, type Registry, same } from './registries.ts';
import type { ResourceStore } from './resource-store.ts';
import {
  formatRun,
  isSameRun,
  type PipelineReference,
  type PipelineSnapshot,
  parseRun,
  type RunRecord,
} from './run-model.ts';
import type { Runner } from './runner.ts';
import { stampSystemData } from './system-data.ts';
import { formatServiceTime } from './times.ts';

const TYPE = 'pipelineRuns';
const RETRY_AFTER_SECONDS = 1;

/** What {@link PipelineRuns} works with. */
export interface PipelineRunsOptions {
  store: ResourceStore<RunRecord>;
  pipelines: Pipelines;
  runner: Runner;
  pageSize: number;
}

/** Answers GET, PUT, DELETE and lists of pipeline runs, and their status monitors. */
export class PipelineRuns {
  readonly #options: PipelineRunsOptions;

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
    const { request, pipeline: reference, forceUpdateTag } = parseRun(await call.readBody());
    const previous = this.#options.store.get(keyOf(call.registry, name));
    if (previous && isSameRun(previous, request, forceUpdateTag)) {
      return { status: 200, body: this.#format(previous, call), headers: monitorHeaders(call.url, previous) };
    }
    if (previous?.state.status === 'Running') throw stillRunning(name);
    const now = Date.now();
    const run: RunRecord = {
      key: keyOf(call.registry, name),
      createdAtMs: previous?.createdAtMs ?? this.#options.store.nextCreationMs(),
      id: previous?.id ?? `${call.registry.id}/${TYPE}/${name}`,
      name: previous?.name ?? name,
      request,
      ...(forceUpdateTag === undefined ? {} : { forceUpdateTag }),
      pipeline: snapshotOf(this.#findPipeline(call.registry, reference, request.pipelineResourceId)),
      operationId: `pipelineruns-${randomUUID()}`,
      state: { status: 'Running', startTimeMs: now, percentage: 0 },
      systemData: stampSystemData(previous?.systemData, call.caller, now),
    };
    await this.#options.store.put(run);
    this.#options.runner.start(run);
    return { status: previous ? 200 : 201, body: this.#format(run, call), headers: monitorHeaders(call.url, run) };
  }

  /** Drops the record; what a run has moved stays, and what is still going on ends. */
  async #delete(call: ChildCall, name: string): Promise<ArmAnswer> {
    const key = keyOf(call.registry, name);
    if (!this.#options.store.get(key)) return { status: 204 };
    await this.#options.runner.cancel(key);
    await this.#options.store.delete(key);
    return { status: 200 };
  }

  #getOperation(call: ChildCall, name: string, operationId: string): ArmAnswer {
    if (call.method !== 'GET') throw methodNotAllowed(call.method);
    const run = this.#find(call, name);
    if (!same(run.operationId, operationId)) throw childNotFound(call, `${TYPE}/operationStatuses`, operationId);
    return {
      status: 200,
      body: formatOperation(run),
      headers: run.state.status === 'Running' ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {},
    };
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

  #format(run: RunRecord, call: ChildCall) {
    return formatRun(run, this.#options.runner.percentageOf(run), call.apiVersion);
  }
}

function keyOf(registry: Registry, name: string): string {
  return `${registry.key}.${name.toLowerCase()}`;
}

function snapshotOf({ type, endpoint, options = [], identity }: PipelineRecord): PipelineSnapshot {
  const principalId = principalOf(identity);
  return { type, endpoint, options, ...(principalId === undefined ? {} : { principalId }) };
}

function monitorHeaders(url: URL, { id, operationId, state }: RunRecord): Record<string, string> {
  if (state.status !== 'Running') return {};
  const version = encodeURIComponent(url.searchParams.get('api-version') ?? '');
  return {
    'azure-asyncoperation': `${url.origin}${id}/operationStatuses/${operationId}?api-version=${version}`,
    'retry-after': String(RETRY_AFTER_SECONDS),
  };
}

function formatOperation({ id, operationId, state }: RunRecord) {
  const { status, startTimeMs, finishTimeMs, error } = state;
  return {
    id: `${id}/operationStatuses/${operationId}`,
    name: operationId,
    status,
    startTime: formatServiceTime(startTimeMs),
    ...(finishTimeMs === undefined ? {} : { endTime: formatServiceTime(finishTimeMs) }),
    ...(status === 'Failed' && error ? { error } : {}),
  };
}

function stillRunning(name: string): ArmError {
  const message = `The pipeline run '${name}' is still running; another execution can be started when it has ended.`;
  return new ArmError(409, 'PipelineRunInProgress', message);
}

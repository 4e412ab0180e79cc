import { ArmError, badValue, methodNotAllowed, resourceNotFound } from './arm-error.ts';
import type { PipelineType } from './arm-path.ts';
import type { Behavior } from './behavior.ts';
import type { ArmAnswer, ArmCall } from './call.ts';
import { pageOf } from './paging.ts';
import { formatPipeline, type PipelineRecord, parsePipeline } from './pipeline-model.ts';
import { formatPage, type Registries, type Registry } from './registries.ts';
import type { ResourceStore } from './resource-store.ts';
import { stampSystemData } from './system-data.ts';

/** Names that may be made; the service's own may hold `_`, and are read and deleted like any other. */
const NAME = /^[a-zA-Z0-9]{5,50}$/;

/** A request on pipelines or runs of one registry. */
export interface ChildCall extends ArmCall {
  registry: Registry;
  apiVersion: string;
}

/** What {@link Pipelines} works with. */
export interface PipelinesOptions {
  store: ResourceStore<PipelineRecord>;
  registries: Registries;
  behavior: Behavior;
  pageSize: number;
  /** Whether a run of the pipeline with this resource id is running. */
  isInUse: (pipelineId: string) => boolean;
}

/** Answers GET, PUT, DELETE and lists of export and import pipelines. All is done at once, as the service does it. */
export class Pipelines {
  readonly #options: PipelinesOptions;

  constructor(options: PipelinesOptions) {
    this.#options = options;
  }

  /** The pipeline of that name, in any case, or `undefined`. */
  find(registry: Registry, type: PipelineType, name: string): PipelineRecord | undefined {
    return this.#options.store.get(keyOf(registry, type, name));
  }

  /** All import pipelines, with their registries. */
  *importPipelines(): Iterable<{ registry: Registry; pipeline: PipelineRecord }> {
    for (const registry of this.#options.registries.all()) {
      for (const pipeline of this.#options.store.list(keyOf(registry, 'importPipelines', '')))
        yield { registry, pipeline };
    }
  }

  hasExportPipelines(registry: Registry): boolean {
    return this.#options.store.list(keyOf(registry, 'exportPipelines', '')).length > 0;
  }

  async answer(call: ChildCall, type: PipelineType): Promise<ArmAnswer> {
    const { name } = call.path;
    if (name === undefined) return this.#list(call, type);
    if (call.method === 'GET') return this.#get(call, type, name);
    if (call.method === 'PUT') return this.#put(call, type, name);
    if (call.method === 'DELETE') return this.#delete(call, type, name);
    throw methodNotAllowed(call.method);
  }

  #list(call: ChildCall, type: PipelineType): ArmAnswer {
    if (call.method !== 'GET') throw methodNotAllowed(call.method);
    const pipelines = this.#options.store.list(keyOf(call.registry, type, ''));
    const { page, next } = pageOf(pipelines, this.#options.pageSize, call.url.searchParams.get('$skipToken'));
    const value = page.map((pipeline) => formatPipeline(pipeline, call.apiVersion, call.tenantId));
    return { status: 200, body: formatPage(call.url, value, next) };
  }

  #get(call: ChildCall, type: PipelineType, name: string): ArmAnswer {
    const pipeline = this.find(call.registry, type, name);
    if (!pipeline) throw childNotFound(call, type, name);
    return { status: 200, body: formatPipeline(pipeline, call.apiVersion, call.tenantId) };
  }

  async #put(call: ChildCall, type: PipelineType, name: string): Promise<ArmAnswer> {
    checkName(name, type);
    const body = await call.readBody();
    const { registry, apiVersion } = call;
    this.#options.registries.requirePremium(registry, type);
    const previous = this.find(registry, type, name);
    if (type === 'exportPipelines' && !previous && !this.#options.registries.allowsExports(registry))
      throw exportsDisabled();
    const pipeline: PipelineRecord = {
      ...parsePipeline(type, body, apiVersion, previous),
      key: keyOf(registry, type, name),
      createdAtMs: previous?.createdAtMs ?? this.#options.store.nextCreationMs(),
      id: previous?.id ?? `${registry.id}/${type}/${name}`,
      name: previous?.name ?? name,
      type,
      systemData: stampSystemData(previous?.systemData, call.caller, Date.now()),
    };
    await this.#options.store.put(pipeline);
    return { status: 200, body: formatPipeline(pipeline, apiVersion, call.tenantId) };
  }

  async #delete(call: ChildCall, type: PipelineType, name: string): Promise<ArmAnswer> {
    const pipeline = this.find(call.registry, type, name);
    if (!pipeline) return { status: 204 };
    const { behavior, isInUse } = this.#options;
    if (behavior.current.pipelineInUse === 'refused' && isInUse(pipeline.id)) throw inUse(name);
    await this.#options.store.delete(pipeline.key);
    return { status: 200 };
  }
}

/** Throws 400 for a name that a PUT may not make. */
export function checkName(name: string, type: string): void {
  if (!NAME.test(name)) throw badValue(`name in ${type}`, name, '5 to 50 letters and digits');
}

/** The 404 of something in a registry. */
export function childNotFound({ registry, path }: ChildCall, type: string, name: string): ArmError {
  return resourceNotFound({
    type: `Microsoft.ContainerRegistry/registries/${registry.name}/${type}`,
    path: name,
    resourceGroup: path.resourceGroup ?? '',
  });
}

function keyOf(registry: Registry, type: PipelineType, name: string): string {
  return `${registry.key}.${type}.${name.toLowerCase()}`;
}

function exportsDisabled(): ArmError {
  const message = 'Export pipelines cannot be created while the export policy of the registry is disabled.';
  return new ArmError(403, 'ExportPolicyDisabled', message);
}

function inUse(name: string): ArmError {
  const message = `The pipeline '${name}' cannot be deleted while one of its runs is running.`;
  return new ArmError(409, 'PipelineInUse', message);
}

import { RegistryClient } from '../../src/oci/registry-client.ts';
import { passwordTokenSource, type TokenSource } from '../../src/oci/token-source.ts';
import { TOKEN_USER } from '../registry/auth.ts';
import type { CopyImage } from './copy-image.ts';
import type { ImageImportRequest, ImportCredentials } from './image-import-model.ts';
import type { Listed } from './paging.ts';
import { type Registries, type Registry, same } from './registries.ts';
import type { ResourceStore } from './resource-store.ts';
import { failureOf, RunFailure } from './run-failure.ts';

/** An import of an image as it is kept; its credentials are not. */
export interface ImageImportRecord extends Listed {
  operationId: string;
  /** Object id of the caller. */
  askedBy: string;
  request: ImageImportRequest;
  hasCredentials: boolean;
  state: { status: 'Running' | 'Succeeded' | 'Failed'; error?: { code: string; message: string } };
}

/** What an {@link ImageImportRunner} works with. */
export interface ImageImportRunnerOptions {
  store: ResourceStore<ImageImportRecord>;
  registries: Registries;
  copy: CopyImage;
  log?: ((line: string) => void) | undefined;
}

/** For how long after its start an import that ended can be asked for, in milliseconds; older ones are forgotten at the next start. */
const KEPT_MS = 24 * 3_600_000;

/** Whether it came to an end, good or bad. */
export function isEnded({ state }: ImageImportRecord): boolean {
  return state.status !== 'Running';
}

/** Executes imports of images, all at once. */
export class ImageImportRunner {
  readonly #options: ImageImportRunnerOptions;
  readonly #executions = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: ImageImportRunnerOptions) {
    this.#options = options;
  }

  /** Begins again what a former process left, but for what needs credentials, which fails; forgets what ended long ago. */
  async resume(): Promise<void> {
    const { store } = this.#options;
    for (const record of store.list()) {
      if (!isEnded(record)) this.start(record, undefined);
      else if (record.createdAtMs < Date.now() - KEPT_MS) await store.delete(record.key);
    }
  }

  /** Executes an import that the store has as `Running`, unless it is going on. */
  start(record: ImageImportRecord, credentials: ImportCredentials | undefined): void {
    const { key } = record;
    // The server answers before what was left is begun again: an import may have been taken on meanwhile.
    if (this.#executions.has(key)) return;
    const execution = this.#execute(record, credentials).finally(() => this.#executions.delete(key));
    this.#executions.set(key, execution);
  }

  /** Resolves when no import is going on. */
  async settled(): Promise<void> {
    while (this.#executions.size > 0) await Promise.all(this.#executions.values());
  }

  /** Ends all executions; they stay `Running` in the store. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.settled();
  }

  async #execute(record: ImageImportRecord, credentials: ImportCredentials | undefined): Promise<void> {
    const { signal } = this.#stopping;
    let state: ImageImportRecord['state'] = { status: 'Succeeded' };
    try {
      await this.#copy(record, credentials, signal);
    } catch (error) {
      if (signal.aborted) return;
      state = { status: 'Failed', error: toFailure(error) };
    }
    await this.#finish({ ...record, state });
  }

  async #copy(record: ImageImportRecord, credentials: ImportCredentials | undefined, signal: AbortSignal) {
    const { registries, copy } = this.#options;
    const target = registries.ofKey(record.key);
    const { registry: named, repository, reference, targets, isForced } = record.request;
    const registry = findSource(registries, target, named);
    if (registry.id !== target.id && !registries.allowsExports(registry)) throw exportsDisabled(registry);
    const tokens = 'resourceId' in named ? workerOf(registry) : tokensOf(record, registry, credentials);
    const source = new RegistryClient({ endpoint: registry.endpoint, tokens, signal });
    const into = new RegistryClient({ endpoint: target.endpoint, tokens: workerOf(target), signal });
    await copy({ source, repository, reference, target: into, targets, isForced }, signal);
  }

  async #finish(record: ImageImportRecord): Promise<void> {
    const { operationId, state } = record;
    const reason = state.error === undefined ? '' : `: ${state.error.message}`;
    this.#options.log?.(`import ${operationId}: ${state.status}${reason}`);
    try {
      await this.#options.store.put(record);
    } catch (error) {
      this.#options.log?.(`import ${operationId}: its end could not be kept: ${String(error)}`);
    }
  }
}

function toFailure(error: unknown): { code: string; message: string } {
  const { message } = failureOf(error);
  return { code: error instanceof RunFailure ? error.code : 'ImportImageFailed', message };
}

/** Only registries of the target's own cloud can be reached, as in Azure no cloud's registry is known to another's. */
function findSource(registries: Registries, target: Registry, named: ImageImportRequest['registry']): Registry {
  const reachable = registries.all().filter(({ cloud }) => cloud === target.cloud);
  const found = reachable.find(({ id, loginServer }) =>
    'host' in named ? same(loginServer, named.host) : same(id, named.resourceId),
  );
  if (found) return found;
  const name = 'host' in named ? named.host : named.resourceId;
  const allowed = reachable.map(({ loginServer }) => loginServer).join(', ');
  throw new RunFailure(
    'SourceRegistryUnreachable',
    `The registry ${name} cannot be reached from here: ${allowed} can.`,
  );
}

function workerOf({ adminUsername, workerPassword, adminPassword }: Registry): TokenSource {
  return passwordTokenSource(adminUsername, workerPassword ?? adminPassword);
}

function tokensOf(
  record: ImageImportRecord,
  { loginServer }: Registry,
  given: ImportCredentials | undefined,
): TokenSource {
  if (given) return passwordTokenSource(given.username ?? TOKEN_USER, given.password);
  const reason = record.hasCredentials
    ? 'the import was interrupted, and its credentials were not kept'
    : 'the registry lets nobody pull without credentials; allowed are source.credentials, or source.resourceId';
  throw new RunFailure('Unauthorized', `Failed to read from ${loginServer}: ${reason}.`);
}

function exportsDisabled({ loginServer }: Registry): RunFailure {
  return new RunFailure('ExportPolicyDisabled', `The export policy of ${loginServer} is disabled.`);
}

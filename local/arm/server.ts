import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { everyoneMay, type May, type RoleAssignments as RoleAssignmentStore } from '../access/role-assignments.ts';
import type { RoleMode } from '../access/role-mode.ts';
import { bearerOf, type RunningServer, readBody, type ServeOptions, sendJson, serve } from '../http.ts';
import { CLOUD_NAMES, type CloudName, cloudOfHost, resourcesOf } from '../names.ts';
import type { StorageAccounts as StorageAccountStore } from '../storage/accounts.ts';
import { claimedIssuerOf, type TokenAuthority, type TokenClaims } from '../tokens.ts';
import { ADVERTISED_VERSIONS, readAnyApiVersion, readApiVersion } from './api-versions.ts';
import { ArmError, notEmulated } from './arm-error.ts';
import { type ArmPath, decodePath, parseArmPath } from './arm-path.ts';
import { authorize, registryActionOf } from './authorization.ts';
import { type ArmBehavior, Behavior } from './behavior.ts';
import type { ArmAnswer, ArmCall, ScopedCall } from './call.ts';
import { answerControl, isControlPath } from './control.ts';
import { createExecuteRun } from './execute-run.ts';
import type { PipelineRecord } from './pipeline-model.ts';
import { PipelineRuns } from './pipeline-runs.ts';
import { Pipelines } from './pipelines.ts';
import { Registries, type RegistrySettings, same } from './registries.ts';
import { parseJsonBody } from './request-body.ts';
import { ResourceStore } from './resource-store.ts';
import { parseRoleAssignmentPath, RoleAssignments } from './role-assignments.ts';
import type { RunRecord } from './run-model.ts';
import { type ExecuteRun, type RunFaults, Runner } from './runner.ts';
import { SourceTrigger, type TakenBlob } from './source-trigger.ts';
import { parseStorageAccountPath, StorageAccounts } from './storage-accounts.ts';
import { parseSubscriptionPath, SubscriptionCalls, subscriptionNotFound } from './subscription-calls.ts';

export type { RegistrySettings } from './registries.ts';
export type { ExecuteRun, FaultedRun, RunFaults, RunResult } from './runner.ts';

const DEFAULT_PAGE_SIZE = 100;

/** How the local ARM is started. */
export interface ArmOptions extends ServeOptions {
  tokens: TokenAuthority;
  /** Folder of its state; made when it is not there. */
  dir: string;
  registries: readonly RegistrySettings[];
  /** Role assignments; left out, there are none to be had, and every identity of the tenant may do everything. */
  access?: RoleAssignmentStore;
  /** Storage accounts; left out, there are none. */
  accounts?: StorageAccountStore;
  faults?: RunFaults;
  /** Milliseconds that every run waits before its work, with progress to be seen; default 0. */
  minimumRunMs?: number;
  /** Items on a page of a list; default 100. */
  pageSize?: number;
  /** What a run does; the default really moves the bytes. */
  executeRun?: ExecuteRun;
  /** What is done where the service is undocumented; see `behavior.ts` for the defaults. */
  behavior?: Partial<ArmBehavior>;
  /** Milliseconds between two looks of the import pipelines' source trigger; left out, it looks only when told to. */
  sourceTriggerDelayMs?: number;
  /** Milliseconds between its listing of a blob and the start of the run; default 0. */
  sourceTriggerStartDelayMs?: number;
  /** Bytes that a layer may have; default 8 GiB. */
  maxLayerBytes?: number;
}

/** The running local ARM. */
export interface RunningArm extends RunningServer {
  /** Ends runs that are under way (they are taken up again at the next start) and the server. */
  stop(): Promise<void>;
  /** Resolves when no run is going on. */
  settled(): Promise<void>;
  /** Sets switches; they count from now on. */
  setBehavior(change: Partial<ArmBehavior>): void;
  /** Has the source trigger look now; resolves when it has. */
  pollSources(): Promise<void>;
  /** Starts the runs of what it has listed, before their delay is over. */
  startListed(): Promise<void>;
  /** Which roles count at the registry of a resource id; `undefined` for a registry that is not there. */
  roleModeOf(registryId: string): RoleMode | undefined;
  /** The admin user of the registry of a resource id, without passwords while it is disabled. */
  adminOf(registryId: string): { username: string; passwords: readonly string[] } | undefined;
}

/**
 * Starts the local Azure Resource Manager of both clouds on one port. Runs that a former process left `Running` begin
 * again. Rejects with `PortTakenError`, or naming the state file that cannot be read.
 */
export async function startArm(options: ArmOptions): Promise<RunningArm> {
  const { tokens, log, pageSize = DEFAULT_PAGE_SIZE } = options;
  const behavior = new Behavior(options.behavior);
  const registries = await Registries.open(options.registries, options.dir, pageSize);
  const { store, runner } = await openRunner(options, registries, behavior);
  const isInUse = (id: string) =>
    store.list().some(({ state, request }) => state.status === 'Running' && same(request.pipelineResourceId, id));
  const pipelineStore = await ResourceStore.open<PipelineRecord>(join(options.dir, 'pipelines'));
  const pipelines = new Pipelines({ store: pipelineStore, registries, behavior, pageSize, isInUse });
  const runs = new PipelineRuns({ store, registries, pipelines, runner, behavior, pageSize });
  const taken = await ResourceStore.open<TakenBlob>(join(options.dir, 'triggered'));
  const startDelayMs = options.sourceTriggerStartDelayMs;
  const trigger = new SourceTrigger({ runs: store, taken, pipelines, runner, behavior, tokens, startDelayMs, log });
  const arm = new Arm({ tokens, registries, pipelines, runs, behavior, trigger, ...accessParts(options, registries) });
  const server = await serve((request, response, url) => arm.handle(request, response, url), options);
  runner.resume();
  if (options.sourceTriggerDelayMs !== undefined) trigger.start(options.sourceTriggerDelayMs);
  return {
    port: server.port,
    settled: () => runner.settled(),
    setBehavior: (change) => void behavior.change(change),
    pollSources: () => trigger.poll(),
    startListed: () => trigger.startListed(),
    roleModeOf: (id) => registries.roleModeOf(id),
    adminOf: (id) => registries.adminOf(id),
    async stop() {
      await server.stop();
      await trigger.stop();
      await runner.stop();
    },
  };
}

async function openRunner(options: ArmOptions, registries: Registries, behavior: Behavior) {
  const { dir, tokens, faults, minimumRunMs, maxLayerBytes, log } = options;
  const store = await ResourceStore.open<RunRecord>(join(dir, 'runs'));
  const dataPlaneOf = (key: string) => registries.ofKey(key);
  const execute = options.executeRun ?? createExecuteRun({ dataPlaneOf, tokens, behavior, maxLayerBytes });
  return { store, runner: new Runner({ store, execute, behavior, faults, minimumRunMs, log }) };
}

function accessParts(
  { access, accounts: store }: ArmOptions,
  registries: Registries,
): Pick<ArmParts, 'may' | 'assignments' | 'accounts' | 'subscriptions'> {
  const may = access?.may ?? everyoneMay;
  const accounts = store && new StorageAccounts(store, may);
  const resourcesOf = (cloud: CloudName) => [...registries.summaries(cloud), ...(accounts?.summaries(cloud) ?? [])];
  const subscriptions = new SubscriptionCalls({ resourcesOf, may });
  return { may, assignments: access && new RoleAssignments(access), accounts, subscriptions };
}

interface ArmParts {
  tokens: TokenAuthority;
  registries: Registries;
  pipelines: Pipelines;
  runs: PipelineRuns;
  behavior: Behavior;
  trigger: SourceTrigger;
  may: May;
  assignments: RoleAssignments | undefined;
  accounts: StorageAccounts | undefined;
  subscriptions: SubscriptionCalls;
}

/** Finds out who asks for what, and has it answered. */
class Arm {
  readonly #parts: ArmParts;

  constructor(parts: ArmParts) {
    this.#parts = parts;
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const answer = await this.#answer(request, url).catch((error: unknown): ArmAnswer => {
      if (!(error instanceof ArmError)) throw error;
      const { status, code, message, headers, target } = error;
      const body = { error: { code, message, ...(target === undefined ? {} : { target }) } };
      return { status, body, headers: { 'x-ms-error-code': code, ...headers } };
    });
    const shape: Record<string, string> =
      answer.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
    sendJson(response, answer.status, answer.body, { ...shape, ...commonHeaders(request), ...answer.headers });
  }

  async #answer(request: IncomingMessage, url: URL): Promise<ArmAnswer> {
    const cloud = this.#cloudOf(request, url);
    const caller = this.#authenticate(request, cloud);
    const pathname = decodePath(url.pathname);
    const readJson = async () => parseJsonBody(await readBody(request));
    const { tenantId } = this.#parts.tokens;
    const asked = { method: request.method, url, caller, tenantId, readBody: readJson };
    if (isControlPath(pathname)) return answerControl(asked, this.#parts);
    const subscriptionId = /^\/subscriptions\/([^/]+)/i.exec(pathname)?.[1];
    if (subscriptionId === undefined) throw notEmulated(request.method, url.pathname);
    if (cloud === undefined) throw subscriptionNotFound(subscriptionId);
    const call = { ...asked, cloud };
    return this.#answerOther(call, pathname, subscriptionId) ?? this.#answerRegistry(call);
  }

  /** What is not a registry: role assignments, storage accounts, and what is asked of a subscription. */
  #answerOther(call: ScopedCall, pathname: string, subscriptionId: string): Promise<ArmAnswer> | undefined {
    const { assignments, accounts, subscriptions } = this.#parts;
    const subscription = parseSubscriptionPath(pathname);
    const assignment = assignments && parseRoleAssignmentPath(pathname);
    const account = accounts && parseStorageAccountPath(pathname);
    if (!assignment && !account && !subscription) return undefined;
    if (resourcesOf(call.cloud).subscriptionId !== subscriptionId) throw subscriptionNotFound(subscriptionId);
    if (subscription) return subscriptions.answer(call, subscription);
    readAnyApiVersion(call.url);
    return assignment ? assignments.answer(call, assignment) : account && accounts?.answer(call, account);
  }

  #answerRegistry(call: ScopedCall): Promise<ArmAnswer> {
    const path = parseArmPath(call.url.pathname);
    if (!path) throw notEmulated(call.method, call.url.pathname);
    const { action, scope } = registryActionOf(call.method, path);
    authorize(this.#parts.may, call.caller, action, scope);
    return this.#route({ ...call, path });
  }

  async #route(call: ArmCall): Promise<ArmAnswer> {
    const { path, cloud, url } = call;
    const type = path.type === undefined ? 'registries' : `registries/${path.type}`;
    if (path.registryName === undefined) {
      readApiVersion(url, type, 'global');
      return this.#parts.registries.answerList(call);
    }
    const registry = this.#findRegistry(call);
    const apiVersion = readApiVersion(url, type, registry.location);
    if (path.type === undefined) {
      return this.#parts.registries.answerOne(call, registry, this.#parts.pipelines.hasExportPipelines(registry));
    }
    const child = { ...call, cloud, registry, apiVersion };
    return path.type === 'pipelineRuns'
      ? this.#parts.runs.answer(child)
      : this.#parts.pipelines.answer(child, path.type);
  }

  #findRegistry({ method, cloud, path }: ArmCall) {
    try {
      return this.#parts.registries.find(cloud, path);
    } catch (error) {
      const isMissing = error instanceof ArmError && error.code === 'ResourceNotFound' && method === 'PUT';
      throw isMissing ? missingParent(path) : error;
    }
  }

  /** By the host's name; on loopback by the subscription of the path. */
  #cloudOf(request: IncomingMessage, url: URL): CloudName | undefined {
    const subscriptionId = /^\/subscriptions\/([^/]+)/i.exec(url.pathname)?.[1] ?? '';
    return cloudOfHost(request.headers.host) ?? this.#parts.registries.cloudOfSubscription(subscriptionId);
  }

  /** Who asks; where no cloud is known, a token of either will do. Throws 401. */
  #authenticate(request: IncomingMessage, cloud: CloudName | undefined): TokenClaims {
    const clouds = cloud === undefined ? CLOUD_NAMES : [cloud];
    const audiences = clouds.map((name) => `https://management.${name}.test`);
    const { tokens } = this.#parts;
    const claims = tokens.verify(bearerOf(request), audiences);
    if (claims) return claims;
    const { code, message } = describeToken(bearerOf(request), tokens.issuer, audiences);
    const challenge = `Bearer authorization_uri="https://login.${clouds[0]}.test/${tokens.tenantId}", error="invalid_token", error_description="${message}"`;
    throw new ArmError(401, code, message, { 'www-authenticate': challenge });
  }
}

/** Why a token is no good here; that it is another tenant's is a code of its own. */
function describeToken(token: string | undefined, issuer: string, audiences: readonly string[]) {
  const found = claimedIssuerOf(token);
  if (found !== undefined && found !== issuer) {
    const message = `The access token is from the wrong issuer '${found}'. It must match the tenant '${issuer}' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/${new URL(issuer).pathname.slice(1, -1)}' to get the token. Note, if the subscription is transferred to another tenant there is no impact to the services, but information about new tenant could take time to propagate (up to an hour).`;
    return { code: 'InvalidAuthenticationTokenTenant', message };
  }
  const message = `The access token is missing, malformed, expired, or not for the audience ${audiences.join(' or ')}.`;
  return { code: 'InvalidAuthenticationToken', message };
}

function missingParent({ type, registryName, name, action }: ArmPath): ArmError {
  if (type === undefined) return notEmulated('PUT', `registry ${registryName}${action ?? ''}`);
  const message = `Failed to perform 'write' on resource '${name}' of type 'registries/${type}', because the parent resource '${registryName}' could not be found.`;
  return new ArmError(404, 'ParentResourceNotFound', message);
}

function commonHeaders(request: IncomingMessage): Record<string, string> {
  const clientId = request.headers['x-ms-client-request-id'];
  const wantsEcho = String(request.headers['x-ms-return-client-request-id']).toLowerCase() === 'true';
  return {
    'x-ms-request-id': randomUUID(),
    'x-ms-correlation-request-id': randomUUID(),
    'api-supported-versions': ADVERTISED_VERSIONS,
    ...(wantsEcho && typeof clientId === 'string' ? { 'x-ms-client-request-id': clientId } : {}),
  };
}

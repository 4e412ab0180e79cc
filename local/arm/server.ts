import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { bearerOf, type RunningServer, readBody, type ServeOptions, sendJson, serve } from '../http.ts';
import { CLOUD_NAMES, type CloudName, cloudOfHost, TENANT_ID } from '../names.ts';
import type { TokenAuthority, TokenClaims } from '../tokens.ts';
import { ADVERTISED_VERSIONS, readApiVersion } from './api-versions.ts';
import { ArmError, notEmulated } from './arm-error.ts';
import { type ArmPath, parseArmPath } from './arm-path.ts';
import type { ArmAnswer, ArmCall } from './call.ts';
import { createExecuteRun } from './execute-run.ts';
import type { PipelineRecord } from './pipeline-model.ts';
import { PipelineRuns } from './pipeline-runs.ts';
import { Pipelines } from './pipelines.ts';
import { Registries, type RegistrySettings } from './registries.ts';
import { parseJsonBody } from './request-body.ts';
import { ResourceStore } from './resource-store.ts';
import type { RunRecord } from './run-model.ts';
import { type ExecuteRun, type RunFaults, Runner } from './runner.ts';

export type { RegistrySettings } from './registries.ts';
export type { ExecuteRun, FaultedRun, RunFaults, RunResult } from './runner.ts';

const DEFAULT_PAGE_SIZE = 100;

/** How the local ARM is started. */
export interface ArmOptions extends ServeOptions {
  tokens: TokenAuthority;
  /** Folder of its state; made when it is not there. */
  dir: string;
  registries: readonly RegistrySettings[];
  faults?: RunFaults;
  /** Milliseconds that every run waits before its work, with progress to be seen; default 0. */
  minimumRunMs?: number;
  /** Items on a page of a list; default 100. */
  pageSize?: number;
  /** What a run does; the default really moves the bytes. */
  executeRun?: ExecuteRun;
}

/** The running local ARM. */
export interface RunningArm extends RunningServer {
  /** Ends runs that are under way (they are taken up again at the next start) and the server. */
  stop(): Promise<void>;
  /** Resolves when no run is going on. */
  settled(): Promise<void>;
}

/**
 * Starts the local Azure Resource Manager of both clouds on one port. Runs that a former process left `Running` begin
 * again. Rejects with `PortTakenError`, or naming the state file that cannot be read.
 */
export async function startArm(options: ArmOptions): Promise<RunningArm> {
  const { dir, tokens, faults, minimumRunMs, log, pageSize = DEFAULT_PAGE_SIZE } = options;
  const registries = await Registries.open(options.registries, dir, pageSize);
  const store = await ResourceStore.open<RunRecord>(join(dir, 'runs'));
  const execute = options.executeRun ?? createExecuteRun((key) => registries.ofKey(key), tokens);
  const runner = new Runner({ store, execute, faults, minimumRunMs, log });
  const pipelineStore = await ResourceStore.open<PipelineRecord>(join(dir, 'pipelines'));
  const pipelines = new Pipelines(pipelineStore, registries, pageSize);
  const arm = new Arm(tokens, registries, pipelines, new PipelineRuns({ store, pipelines, runner, pageSize }));
  const server = await serve((request, response, url) => arm.handle(request, response, url), options);
  runner.resume();
  const stop = async () => {
    await server.stop();
    await runner.stop();
  };
  return { port: server.port, stop, settled: () => runner.settled() };
}

/** Finds out who asks for what, and has it answered. */
class Arm {
  readonly #tokens: TokenAuthority;
  readonly #registries: Registries;
  readonly #pipelines: Pipelines;
  readonly #runs: PipelineRuns;

  constructor(tokens: TokenAuthority, registries: Registries, pipelines: Pipelines, runs: PipelineRuns) {
    this.#tokens = tokens;
    this.#registries = registries;
    this.#pipelines = pipelines;
    this.#runs = runs;
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const answer = await this.#answer(request, url).catch((error: unknown): ArmAnswer => {
      if (!(error instanceof ArmError)) throw error;
      const { status, code, message, headers } = error;
      return { status, body: { error: { code, message } }, headers: { 'x-ms-error-code': code, ...headers } };
    });
    const shape: Record<string, string> =
      answer.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
    sendJson(response, answer.status, answer.body, { ...shape, ...commonHeaders(request), ...answer.headers });
  }

  async #answer(request: IncomingMessage, url: URL): Promise<ArmAnswer> {
    const path = parseArmPath(url.pathname);
    const cloud = this.#cloudOf(request, url);
    const caller = this.#authenticate(request, cloud);
    if (!path) throw notEmulated(request.method, url.pathname);
    if (cloud === undefined) throw subscriptionNotFound(path.subscriptionId);
    const readJson = async () => parseJsonBody(await readBody(request));
    return this.#route({ method: request.method, url, path, cloud, caller, readBody: readJson });
  }

  async #route(call: ArmCall): Promise<ArmAnswer> {
    const { path, cloud, url } = call;
    const type = path.type === undefined ? 'registries' : `registries/${path.type}`;
    if (path.registryName === undefined) {
      readApiVersion(url, type, 'global');
      return this.#registries.answerList(call);
    }
    const registry = this.#findRegistry(call);
    const apiVersion = readApiVersion(url, type, registry.location);
    if (path.type === undefined) {
      return this.#registries.answerOne(call, registry, this.#pipelines.hasExportPipelines(registry));
    }
    const child = { ...call, cloud, registry, apiVersion };
    return path.type === 'pipelineRuns' ? this.#runs.answer(child) : this.#pipelines.answer(child, path.type);
  }

  #findRegistry({ method, cloud, path }: ArmCall) {
    try {
      return this.#registries.find(cloud, path);
    } catch (error) {
      const isMissing = error instanceof ArmError && error.code === 'ResourceNotFound' && method === 'PUT';
      throw isMissing ? missingParent(path) : error;
    }
  }

  /** By the host's name; on loopback by the subscription of the path. */
  #cloudOf(request: IncomingMessage, url: URL): CloudName | undefined {
    const subscriptionId = /^\/subscriptions\/([^/]+)/i.exec(url.pathname)?.[1] ?? '';
    return cloudOfHost(request.headers.host) ?? this.#registries.cloudOfSubscription(subscriptionId);
  }

  /** Who asks; where no cloud is known, a token of either will do. Throws 401. */
  #authenticate(request: IncomingMessage, cloud: CloudName | undefined): TokenClaims {
    const clouds = cloud === undefined ? CLOUD_NAMES : [cloud];
    const audiences = clouds.map((name) => `https://management.${name}.test`);
    const claims = this.#tokens.verify(bearerOf(request), audiences);
    if (claims) return claims;
    const message = `The access token is missing, malformed, expired, or not for the audience ${audiences.join(' or ')}.`;
    const challenge = `Bearer authorization_uri="https://login.${clouds[0]}.test/${TENANT_ID}", error="invalid_token", error_description="${message}"`;
    throw new ArmError(401, 'InvalidAuthenticationToken', message, { 'www-authenticate': challenge });
  }
}

function missingParent({ type, registryName, name, action }: ArmPath): ArmError {
  if (type === undefined) return notEmulated('PUT', `registry ${registryName}${action ?? ''}`);
  const message = `Failed to perform 'write' on resource '${name}' of type 'registries/${type}', because the parent resource '${registryName}' could not be found.`;
  return new ArmError(404, 'ParentResourceNotFound', message);
}

function subscriptionNotFound(subscriptionId: string): ArmError {
  return new ArmError(404, 'SubscriptionNotFound', `The subscription '${subscriptionId}' could not be found.`);
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

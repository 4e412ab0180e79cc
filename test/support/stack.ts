import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientEnvironment, localRoute } from '../../local/app/environment.ts';
import { type Stack, type StackOptions, startStack } from '../../local/app/stack.ts';
import { followTransfer } from '../../local/app/transfers.ts';
import type { CallRecord } from '../../local/calls/call.ts';
import type { CallQuery } from '../../local/calls/query.ts';
import { Operator } from '../../local/cloud/operator.ts';
import { FREE_PORTS } from '../../local/cloud/ports.ts';
import type { RuleState } from '../../local/faults/active-rule.ts';
import type { FaultRuleInput } from '../../local/faults/rule.ts';
import { resourcesOf } from '../../local/names.ts';
import { TokenAuthority } from '../../local/tokens.ts';
import { createPipelineOperations, type PipelineOperations } from '../../src/azure/arm/pipelines.ts';
import { type ContainerStore, openContainer } from '../../src/azure/blobs/storage.ts';
import { openVault, type SecretStore } from '../../src/azure/key-vault.ts';
import { createCredential } from '../../src/azure/sign-in/credential.ts';
import type { Side } from '../../src/domain/errors.ts';
import { instanceIds } from '../../src/domain/names.ts';
import { routeSchema } from '../../src/domain/route/route.ts';
import { type TransferDocument, transferDocumentSchema } from '../../src/domain/transfer/transfer-document.ts';
import { checkAnswer } from './api-contract.ts';
import { trustCertificates, useLocalClouds } from './trust.ts';
import { type TwoSidedRoute, twoSided } from './two-sided.ts';

/** The whole local cloud with the built app, on free ports and in a folder of its own, with clients of all of it. */
export interface TestStack {
  stack: Stack;
  dir: string;
  /** With both sides, also where the app serves one only. */
  route: TwoSidedRoute;
  /** Calls the app's HTTP API with its key. */
  call(path: string, init?: { method?: string; body?: unknown; headers?: Record<string, string> }): Promise<Answer>;
  /** Starts a transfer, which must be accepted, and follows it to its end. */
  transfer(artifacts: string[], more?: object): Promise<TransferDocument>;
  /** Follows a transfer to its end, and its instance. */
  follow(id: string): Promise<TransferDocument>;
  /** Reads a transfer until it is as wanted. */
  until(id: string, reached: (document: TransferDocument) => boolean): Promise<TransferDocument>;
  container(side: Side): ContainerStore;
  /** The container of the records. */
  records: ContainerStore;
  vault(side: Side): SecretStore;
  pipelines(side: Side): PipelineOperations;
  /** The platform team: owner of both subscriptions. */
  operator: Operator;
  /** Has the host run a timer's function now. */
  runTimer(name: string): Promise<void>;
  /** Has both sides' SAS tokens rotated where they need it, and waits until that is done. */
  rotateTokens(): Promise<void>;
  /** `runtimeStatus` of a Durable instance, or `undefined` when there is none. */
  instanceStatus(instanceId: string): Promise<string | undefined>;
  /** Ends a Durable instance, as an operator may. */
  terminate(instanceId: string): Promise<void>;
  /** Types of the events in an instance's history, as the host shows it. */
  instanceHistory(instanceId: string): Promise<string[]>;
  /** `runtimeStatus` of the Durable instances whose ids begin so, made at `since` (ISO 8601) or later. */
  instancesSince(prefix: string, since: string): Promise<string[]>;
  /** Faults on demand. */
  faults: {
    add(rule: FaultRuleInput): Promise<RuleState>;
    list(): Promise<RuleState[]>;
    clear(): Promise<void>;
  };
  /** The calls that the emulators served, oldest first; throws when they are not all kept. */
  calls(query?: CallQuery): Promise<CallRecord[]>;
  /** Everything the Functions host has logged. */
  hostLog(): Promise<string>;
  stop(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  body: any;
}

/** Timers run when a test says so, whatever the time of day is. */
const YEARLY = '0 0 0 1 1 *';
const NO_TIMERS = { SAS_ROTATION_SCHEDULE: YEARLY, RECONCILE_SCHEDULE: YEARLY, RETENTION_SCHEDULE: YEARLY };

/** Starts it all. The app must have been built (`npm test` does). */
export async function startTestStack(options: Partial<StackOptions> = {}): Promise<TestStack> {
  const dir = await mkdtemp(join(tmpdir(), 'acr-transfer-e2e-'));
  const appDir = join(import.meta.dirname, '../..');
  const base = { dir, appDir, ports: FREE_PORTS, storageAccess: 'ManagedIdentity' as const };
  const stack = await startStack({ ...base, ...options, settings: { ...NO_TIMERS, ...options.settings } });
  trustCertificates(stack.certificates.ca);
  useLocalClouds(clientEnvironment(stack.ports, stack.certificates));
  const route = twoSided(routeSchema.parse(localRoute(sidesOf(options.route))));
  const credential = createCredential(route.source);
  const { url, key } = stack.endpoints.functions;
  const call = callApp(url, key);
  const instanceStatus = readInstanceStatus(url, stack.certificates.secrets.masterKey);
  const follow = async (id: string) => {
    const document = await followTransfer({ url, key }, id, (change) => transferDocumentSchema.parse(change));
    // The report is there before the last of the bookkeeping, which must not meet what the test does next.
    while (isRunning(await instanceStatus(instanceIds.transfer(id)))) await sleep(20);
    return document;
  };
  return {
    stack,
    dir,
    route,
    call,
    follow,
    async until(id, reached) {
      for (;;) {
        const { body } = await call(`/transfers/${id}`);
        if (reached(body)) return body;
        await sleep(20);
      }
    },
    async transfer(artifacts, more = {}) {
      const { status, body } = await call('/transfers', { body: { route: route.name, artifacts, ...more } });
      if (status !== 202) throw new Error(`POST /transfers: ${status} ${JSON.stringify(body)}`);
      return follow(body.id);
    },
    container: (side) => openContainer(route[side].container, credential, side),
    records: openContainer('https://statestore.blob.source.test/acr-transfer', credential),
    vault: (side) => openVault(resourcesOf(side).vaultUrl, credential, side),
    operator: new Operator(new TokenAuthority(stack.certificates.signingKey)),
    pipelines: (side) => createPipelineOperations(route[side], credential, side),
    async runTimer(name) {
      const response = await fetch(`${url}/admin/functions/${name}`, {
        method: 'POST',
        headers: { 'x-functions-key': stack.certificates.secrets.masterKey, 'content-type': 'application/json' },
        body: '{"input":""}',
      });
      if (response.status !== 202) throw new Error(`${name}: ${response.status}`);
    },
    instanceStatus,
    async rotateTokens() {
      const { body } = await call(`/routes/${route.name}/rotate-sas`, { body: {} });
      for (const { id } of body.rotations) {
        while (id !== null && (await instanceStatus(id)) !== 'Completed') await sleep(50);
      }
    },
    async terminate(instanceId) {
      const query = new URLSearchParams({ reason: 'test', code: stack.certificates.secrets.masterKey });
      const id = encodeURIComponent(instanceId);
      await fetch(`${url}/runtime/webhooks/durabletask/instances/${id}/terminate?${query}`, { method: 'POST' });
    },
    async instanceHistory(instanceId) {
      const query = new URLSearchParams({ showHistory: 'true', code: stack.certificates.secrets.masterKey });
      const id = encodeURIComponent(instanceId);
      const response = await fetch(`${url}/runtime/webhooks/durabletask/instances/${id}?${query}`);
      const { historyEvents = [] } = (await response.json()) as { historyEvents?: { EventType: string }[] };
      return historyEvents.map(({ EventType }) => EventType);
    },
    async instancesSince(instanceIdPrefix, createdTimeFrom) {
      const code = stack.certificates.secrets.masterKey;
      const query = new URLSearchParams({ instanceIdPrefix, createdTimeFrom, code });
      const response = await fetch(`${url}/runtime/webhooks/durabletask/instances?${query}`);
      const instances = (await response.json()) as { runtimeStatus: string }[];
      return instances.map(({ runtimeStatus }) => runtimeStatus);
    },
    faults: {
      add: (rule) => stack.control.addFault(rule),
      list: async () => (await stack.control.faults()).value,
      clear: () => stack.control.clearFaults(),
    },
    calls: (query) => stack.control.calls(query),
    hostLog: () => readFile(join(dir, 'logs', 'functions.log'), 'utf8'),
    async stop() {
      await stack.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** What the clients of a test see of a route: of an app that serves one side, the usual two sides. */
function sidesOf(route: Record<string, unknown> = {}): Record<string, unknown> {
  if ((route.serves ?? 'both') === 'both') return route;
  const { serves, source, target, ...rest } = route;
  return rest;
}

function callApp(url: string, key: string): TestStack['call'] {
  return async (path, { method, body, headers = {} } = {}) => {
    const init = {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { 'x-functions-key': key, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    const response = await fetch(`${url}/api${path}`, init);
    const answer = { status: response.status, headers: response.headers, body: parseBody(await response.text()) };
    checkAnswer(response.url, init.method, answer);
    return answer;
  };
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isRunning(runtimeStatus: string | undefined): boolean {
  return runtimeStatus === 'Pending' || runtimeStatus === 'Running';
}

function readInstanceStatus(url: string, code: string): TestStack['instanceStatus'] {
  return async (instanceId) => {
    const id = encodeURIComponent(instanceId);
    const response = await fetch(`${url}/runtime/webhooks/durabletask/instances/${id}?code=${code}`);
    return response.status === 404 ? undefined : ((await response.json()) as { runtimeStatus: string }).runtimeStatus;
  };
}

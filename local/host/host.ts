import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { InputDatum, RegisteredFunction } from './app-model.ts';
import { BlobBindings } from './bindings/blob-bindings.ts';
import { type BlobTriggers, openBlobTriggers } from './blob/blob-triggers.ts';
import { openDatabase } from './database.ts';
import { DurableStore } from './durable/durable-store.ts';
import { Engine } from './durable/engine.ts';
import { Entities } from './durable/entities.ts';
import { EntityStore } from './durable/entity-store.ts';
import { FunctionTable } from './durable/function-table.ts';
import { Instances } from './durable/instances.ts';
import { durableClientInputs, type ManagementOptions } from './durable/management-urls.ts';
import { probeDurablePackage } from './durable/probe.ts';
import { Webhooks } from './durable/webhooks.ts';
import { EventGridWebhook } from './event-grid/event-grid-webhook.ts';
import { FunctionsCore, installFunctionsCore } from './functions-core.ts';
import { type HostJson, readHostJson } from './host-json.ts';
import { type HostKeys, loadKeys } from './http/keys.ts';
import { createRequestHandler } from './http/request-handler.ts';
import { Router } from './http/router.ts';
import { HttpListener } from './http/server.ts';
import { Invoker } from './invoke.ts';
import { loadApp } from './load-app.ts';
import type { Log } from './log.ts';
import type { HostOptions } from './options.ts';
import { type RunningInvocation, RunningInvocations } from './running-invocations.ts';
import type { Settings } from './settings.ts';
import { timerDefinition } from './timer/timer-definition.ts';
import { TimerStore } from './timer/timer-store.ts';
import { Timer } from './timer/timers.ts';
import { checkBindings } from './triggers.ts';

/** A host that serves. */
export interface RunningHost {
  port: number;
  functionCount: number;
  /** Takes no more work, lets what runs end for at most `graceMs`, runs the app's `appTerminate` hooks, closes the database. */
  stop(graceMs: number): Promise<void>;
}

export interface HostEvents {
  log: Log;
  /** An invocation ran longer than `functionTimeout`: the process must end, because nothing else stops a handler. */
  onTimeout(invocation: RunningInvocation): void;
}

/** What the triggers share. */
interface Parts {
  functions: RegisteredFunction[];
  settings: Settings;
  log: Log;
  invoker: Invoker;
  database: DatabaseSync;
  clientInputs(fn: RegisteredFunction): InputDatum[];
}

/**
 * Loads the app in this process and serves it. Sets `WEBSITE_HOSTNAME`, and takes the keys out of the environment
 * before the app sees it. Throws {@link HostStartError}.
 */
export async function startHost(options: HostOptions, events: HostEvents): Promise<RunningHost> {
  const { log, onTimeout } = events;
  const listener = new HttpListener();
  const port = await listener.listen(options.port);
  const settings = prepareEnvironment(port);
  const hostJson = readHostJson(options.appDir, settings);
  const database = openDatabase(options.dataDir);
  const keys = loadKeys(database, givenKeys(options));
  const { core, streamUri } = await loadCore(options.appDir, log);
  const functions = [...core.functions.values()];
  const running = new RunningInvocations();
  const invoker = new Invoker(core, running, await BlobBindings.connect(functions, settings));
  const management = managementOptions(port, hostJson.hubName, keys);
  const clientInputs = (fn: RegisteredFunction) => durableClientInputs(management, fn);
  const parts: Parts = { functions, settings, log, invoker, database, clientInputs };
  const triggers = await createTriggers(parts, hostJson.routePrefix, options.blobPollIntervalMs);
  const { engine, instances, entities } = await createEngine(parts, hostJson);
  let isStopping = false;
  const { router, timers, blobs } = triggers;
  const handler = createRequestHandler({
    ...{ router, keys, rpcPath: management.rpcPath, invoker, log, clientInputs },
    webhooks: new Webhooks(instances, entities, management),
    blobWebhook: blobs.webhook,
    eventGridWebhook: new EventGridWebhook(parts),
    streamUri,
    isStopping: () => isStopping,
    runByHand: (name) => runTimerByHand(functions, timers, name),
  });
  listener.handle(handler);
  if (hostJson.functionTimeoutMs !== undefined) running.watch(hostJson.functionTimeoutMs, onTimeout);
  startAll(parts, triggers, engine, port);
  const stop = async (graceMs: number) => {
    isStopping = true;
    const ended = settle(triggers, engine, running, listener);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
    running.stop();
    await core.runHooks('appTerminate', { hookData: {}, appHookData: core.appHookData });
    listener.close();
    database.close();
  };
  return { port, functionCount: functions.length, stop };
}

interface Triggers {
  router: Router;
  timers: Map<string, Timer>;
  blobs: BlobTriggers;
}

async function createTriggers(parts: Parts, routePrefix: string, blobPollIntervalMs: number): Promise<Triggers> {
  const router = new Router(parts.functions, routePrefix, parts.settings);
  const blobs = await openBlobTriggers({ ...parts, pollIntervalMs: blobPollIntervalMs });
  return { router, timers: createTimers(parts), blobs };
}

function startAll({ functions, log }: Parts, { timers, blobs }: Triggers, engine: Engine, port: number): void {
  const { activities, instances, entities } = engine.start();
  for (const timer of timers.values()) timer.start();
  blobs.start();
  const resumed = `${activities} activities, ${instances} orchestrations and ${entities} entities`;
  log('information', 'Host', `${functions.length} functions on port ${port}; taking up ${resumed}`);
}

/** Begins nothing new; resolves when everything that runs has ended and been answered. */
async function settle(
  { timers, blobs }: Triggers,
  engine: Engine,
  running: RunningInvocations,
  listener: HttpListener,
): Promise<void> {
  const stops = [...timers.values(), blobs].map((trigger) => trigger.stop());
  await Promise.all([engine.stop(), ...stops, running.idle()]);
  await listener.answered();
}

function prepareEnvironment(port: number): Settings {
  delete process.env.LOCAL_HOST_KEY;
  delete process.env.LOCAL_HOST_MASTER_KEY;
  process.env.WEBSITE_HOSTNAME = `127.0.0.1:${port}`;
  return process.env;
}

function givenKeys({ functionKey, masterKey }: HostOptions): Partial<HostKeys> {
  return { ...(functionKey ? { function: functionKey } : {}), ...(masterKey ? { master: masterKey } : {}) };
}

async function loadCore(appDir: string, log: Log): Promise<{ core: FunctionsCore; streamUri: string | undefined }> {
  const core = new FunctionsCore(log);
  installFunctionsCore(core);
  const { capabilities } = await loadApp(appDir, core);
  checkBindings(core.functions.values());
  return { core, streamUri: capabilities.HttpUri };
}

function managementOptions(port: number, hubName: string, keys: HostKeys): ManagementOptions {
  const rpcPath = `/durabletask/${randomBytes(16).toString('hex')}/`;
  return { origin: `http://127.0.0.1:${port}`, rpcPath, hubName, systemKey: keys.system };
}

function createTimers({ functions, settings, database, invoker, log, clientInputs }: Parts): Map<string, Timer> {
  const store = new TimerStore(database);
  const timers = new Map<string, Timer>();
  for (const fn of functions) {
    const definition = timerDefinition(fn, settings);
    if (definition === undefined) continue;
    timers.set(fn.metadata.name.toLowerCase(), new Timer(definition, { invoker, log, store, clientInputs }));
  }
  return timers;
}

interface Durable {
  engine: Engine;
  instances: Instances;
  entities: Entities;
}

async function createEngine(parts: Parts, hostJson: HostJson): Promise<Durable> {
  const functions = new FunctionTable(parts.functions, hostJson.durable.defaultVersion);
  const orchestrator = functions.anyOrchestrator();
  if (orchestrator !== undefined) await probeDurablePackage(orchestrator);
  const store = new DurableStore(parts.database);
  const entityStore = new EntityStore(parts.database);
  const { invoker, log, clientInputs } = parts;
  const stores = { store, entities: entityStore };
  const engine = new Engine({ ...stores, functions, invoker, log, clientInputs, ...hostJson.durable });
  const instances = new Instances(store, engine, functions);
  return { engine, instances, entities: new Entities(store, entityStore, engine, functions) };
}

function runTimerByHand(
  functions: readonly RegisteredFunction[],
  timers: ReadonlyMap<string, Timer>,
  name: string,
): boolean | undefined {
  const timer = timers.get(name.toLowerCase());
  timer?.runByHand();
  if (timer !== undefined) return true;
  return functions.some((fn) => fn.metadata.name.toLowerCase() === name.toLowerCase()) ? false : undefined;
}

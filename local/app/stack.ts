import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryClient } from '../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../src/oci/token-source.ts';
import { type Certificates, ensureCertificates } from '../certificates.ts';
import type { ArmSettings, CloudOptions } from '../cloud/cloud.ts';
import { ServicePortTakenError } from '../cloud/port-taken.ts';
import type { PortName, Ports } from '../cloud/ports.ts';
import type { StorageAccess } from '../cloud/sample-roles.ts';
import { ControlClient } from '../control/client.ts';
import { HostExitError } from '../host/client.ts';
import { REGISTRY_ADMIN_USER } from '../names.ts';
import { describeEndpoints, type Endpoints, EndpointsFile } from './endpoints.ts';
import { appEnvironment, localRoute } from './environment.ts';
import { subscribeToBlobs, subscribeToPushes } from './subscribe.ts';
import { type SupervisedCloud, type SupervisedHost, superviseCloud, superviseHost } from './supervise.ts';

export interface StackOptions {
  /** Folder of all state. */
  dir: string;
  /** Folder with the built app: package.json, host.json, dist. */
  appDir: string;
  ports: Ports;
  storageAccess: StorageAccess;
  minimumRunMs?: number;
  /** What all draws of faults derive from; see `local/faults`. */
  faultSeed?: number;
  /** How events of blobs are delivered. */
  events?: NonNullable<CloudOptions['events']>;
  /** What ARM does where the service is undocumented, when its source trigger looks, and its limits. */
  arm?: ArmSettings;
  /** Keys of the local route that replace the usual ones. */
  route?: Record<string, unknown>;
  /** App settings that replace the usual ones. */
  settings?: Record<string, string>;
  /** Two deaths of the Functions host, or of the emulators, within so many milliseconds end the stack. Default 10,000. */
  giveUpWithinMs?: number;
}

const GIVE_UP_WITHIN_MS = 10_000;
/** Exit code of a Functions host whose port another process has. */
const HOST_PORT_TAKEN = 3;

/** Another process uses the state folder. */
export class FolderTakenError extends Error {
  constructor(dir: string, pid: number) {
    super(`${dir} is in use by process ${pid}: another local cloud is up.`);
  }
}

/** The local cloud in one process, the Functions host with the app in another. */
export interface Stack {
  readonly endpoints: Endpoints;
  readonly ports: Ports;
  readonly certificates: Certificates;
  readonly cloud: SupervisedCloud;
  readonly host: SupervisedHost;
  /** Faults on demand, and the record of all calls. */
  readonly control: ControlClient;
  /** Rejects when a part is gone for good. */
  failed: Promise<never>;
  registry(side: 'source' | 'target'): RegistryClient;
  /** The host first, then the cloud, then the file that says where all is. */
  stop(): Promise<void>;
}

/** Starts the emulators, then the app, says where all is in `endpoints.json`, and subscribes the app to its blobs and pushes. */
export async function startStack(options: StackOptions): Promise<Stack> {
  await mkdir(join(options.dir, 'logs'), { recursive: true });
  const file = new EndpointsFile(options.dir);
  const owner = await file.liveOwner();
  if (owner !== undefined) throw new FolderTakenError(options.dir, owner);
  const {
    dir,
    ports,
    storageAccess,
    minimumRunMs,
    faultSeed,
    events,
    arm,
    giveUpWithinMs = GIVE_UP_WITHIN_MS,
  } = options;
  const settings = { dir, ports, storageAccess, minimumRunMs, faultSeed, events, arm };
  const cloud = await superviseCloud(settings, giveUpWithinMs);
  try {
    return await startApp(options, cloud, file);
  } catch (error) {
    await cloud.stop();
    throw error;
  }
}

async function startApp(options: StackOptions, cloud: SupervisedCloud, file: EndpointsFile): Promise<Stack> {
  const certificates = await ensureCertificates(options.dir);
  const hostLog = createWriteStream(join(options.dir, 'logs', 'functions.log'), { flags: 'a', mode: 0o600 });
  const env = { ...appEnvironment(cloud.ports, certificates, localRoute(options.route)), ...options.settings };
  const hostOptions = {
    appDir: options.appDir,
    port: options.ports.functions,
    dataDir: join(options.dir, 'host'),
    env,
    log: (line: string) => void hostLog.write(`${line}\n`),
  };
  const state = { endpoints: describeEndpoints(cloud.ports, certificates, 0) };
  const announce = async ({ pid, port }: { pid: number; port: number }): Promise<void> => {
    state.endpoints = describeEndpoints({ ...cloud.ports, functions: port }, certificates, pid);
    await file.write(state.endpoints);
  };
  const { giveUpWithinMs = GIVE_UP_WITHIN_MS } = options;
  const host = await superviseHost({ ...hostOptions, giveUpWithinMs, onRestart: announce }).catch((error: unknown) => {
    const isTaken = error instanceof HostExitError && error.exitCode === HOST_PORT_TAKEN;
    throw isTaken ? new ServicePortTakenError('functions', hostOptions.port) : error;
  });
  await announce(host);
  try {
    const app = { url: `http://127.0.0.1:${host.port}`, masterKey: certificates.secrets.masterKey };
    const route = localRoute(options.route);
    if (env.BLOB_TRIGGER_SOURCE === 'EventGrid') await subscribeToBlobs(cloud, route, app);
    await subscribeToPushes(cloud, route, app);
  } catch (error) {
    await host.stop();
    await file.remove();
    throw error;
  }
  return assemble({ state, cloud, host, certificates, file, hostLog });
}

interface Parts {
  state: { endpoints: Endpoints };
  cloud: SupervisedCloud;
  host: SupervisedHost;
  certificates: Certificates;
  file: EndpointsFile;
  hostLog: WriteStream;
}

function assemble({ state, cloud, host, certificates, file, hostLog }: Parts): Stack {
  const failed = Promise.race([host.failed, cloud.failed]);
  failed.catch(() => {});
  return {
    get endpoints() {
      return state.endpoints;
    },
    ports: { ...cloud.ports, functions: host.port },
    certificates,
    cloud,
    host,
    control: new ControlClient(state.endpoints.control),
    failed,
    registry(side) {
      const port: PortName = side === 'source' ? 'registrySource' : 'registryTarget';
      const tokens = passwordTokenSource(REGISTRY_ADMIN_USER, certificates.secrets.workerPassword);
      return new RegistryClient({ endpoint: `http://127.0.0.1:${cloud.ports[port]}`, tokens });
    },
    async stop() {
      await host.stop();
      await cloud.stop();
      await file.remove();
      await new Promise((resolve) => hostLog.end(resolve));
    },
  };
}

import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import tls from 'node:tls';
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';
import { type May, RoleAssignments } from '../access/role-assignments.ts';
import { type ArmOptions, startArm } from '../arm/server.ts';
import { CallJournal } from '../calls/journal.ts';
import { observe } from '../calls/observe.ts';
import type { Emulator } from '../calls/service.ts';
import { type Certificates, ensureCertificates } from '../certificates.ts';
import { startControl } from '../control/server.ts';
import { EventGrid, type EventGridOptions } from '../event-grid/event-grid.ts';
import type { SubscriptionInput } from '../event-grid/subscription.ts';
import { MAX_SEED } from '../faults/random.ts';
import { FaultRules } from '../faults/rules.ts';
import { runFaults } from '../faults/run-faults.ts';
import { observeTunnels } from '../faults/tunnels.ts';
import { PortTakenError } from '../http.ts';
import { startIdentity } from '../identity/server.ts';
import { startKeyVault } from '../key-vault/server.ts';
import {
  APP_IDENTITY,
  CLOUD_NAMES,
  type CloudName,
  OPERATOR_IDENTITY,
  REGISTRY_ADMIN_USER,
  resourcesOf,
  type ServiceKind,
  serviceOfHost,
} from '../names.ts';
import { startProxy } from '../proxy.ts';
import { startRegistry } from '../registry/server.ts';
import { StorageAccounts } from '../storage/accounts.ts';
import { startStorage } from '../storage/server.ts';
import { TokenAuthority } from '../tokens.ts';
import type { PortName, Ports } from './ports.ts';
import { provision, type StorageAccess } from './provision.ts';

export interface CloudOptions {
  /** Folder of all state; made when it is not there. */
  dir: string;
  ports: Ports;
  /** How the sample pipelines reach their containers, where they are made anew. */
  storageAccess: StorageAccess;
  /** Milliseconds that a pipeline run takes at least, so that its progress can be seen. */
  minimumRunMs?: number;
  /** What all draws of faults derive from (0 to 4,294,967,295); left out, a new one, printed in the log. */
  faultSeed?: number;
  /** How events of blobs are delivered. */
  events?: Pick<EventGridOptions, 'retryScale' | 'disturbance'>;
  /** What ARM does where the service is undocumented, when its source trigger looks, and its limits. */
  arm?: ArmSettings;
  log?: (line: string) => void;
}

/** Settings of ARM that tests and demonstrations change. */
export type ArmSettings = Pick<ArmOptions, 'behavior' | 'sourceTriggerDelayMs' | 'maxLayerBytes'>;

export interface RunningCloud {
  /** The ports in force; `functions` as it was given. */
  ports: Ports;
  certificates: Certificates;
  /** Resolves when a part has ended by itself; the cloud is no longer whole then. */
  broken: Promise<string>;
  /** Makes an Event Grid subscription. @throws HandshakeError */
  subscribe(subscription: SubscriptionInput): Promise<void>;
  /** Stops what was started, in the reverse order. */
  stop(): Promise<void>;
}

/** A port that another process has; `port` says which, `service` for what. */
export class ServicePortTakenError extends Error {
  readonly service: PortName;
  readonly port: number;

  constructor(service: PortName, port: number) {
    super(`Port ${port} (${service}) is taken.`);
    this.service = service;
    this.port = port;
  }
}

/**
 * Starts both local clouds in this process: what is depended on first, then what depends on it, then the sample
 * resources. This process becomes a client of its own clouds: it trusts their certificates and goes through their proxy.
 */
export async function startCloud(options: CloudOptions): Promise<RunningCloud> {
  const certificates = await ensureCertificates(options.dir);
  const parts = new CloudParts(options, certificates);
  try {
    await parts.start();
    await provision({ tokens: parts.tokens, storageAccess: options.storageAccess });
  } catch (error) {
    await parts.stop();
    throw error;
  }
  return {
    ports: parts.ports,
    certificates,
    broken: parts.broken,
    subscribe: (subscription) => parts.subscribe(subscription),
    stop: () => parts.stop(),
  };
}

class CloudParts {
  readonly tokens: TokenAuthority;
  readonly ports: Ports;
  readonly #options: CloudOptions;
  readonly #certificates: Certificates;
  readonly #faults: FaultRules;
  readonly #journal: CallJournal;
  readonly #stops: (() => Promise<void>)[] = [];
  broken: Promise<string> = new Promise(() => {});
  #eventGrid: EventGrid | undefined;

  constructor(options: CloudOptions, certificates: Certificates) {
    const { log, faultSeed = randomInt(MAX_SEED) } = options;
    this.#options = options;
    this.#certificates = certificates;
    this.ports = { ...options.ports };
    this.tokens = new TokenAuthority(certificates.signingKey);
    this.#faults = new FaultRules(faultSeed);
    this.#journal = new CallJournal({ path: join(options.dir, 'logs', 'calls.jsonl'), log });
    log?.(`faults: seed ${faultSeed}`);
  }

  async start(): Promise<void> {
    const { log, minimumRunMs } = this.#options;
    const [faults, journal] = [this.#faults, this.#journal];
    await mkdir(join(this.#options.dir, 'logs'), { recursive: true });
    this.#stops.push(() => journal.close());
    const { assignments, accounts } = await this.#openAccess();
    const base = { tls: this.#certificates.tls, may: assignments.may, log };
    const around = observeTunnels(faults, journal);
    await this.#add('proxy', (port) => startProxy({ port, portOf: (host) => this.#portOf(host), around, log }));
    becomeClient(this.ports.proxy, this.#certificates.ca);
    const { controlKey: key, identityHeader } = this.#certificates.secrets;
    await this.#add('control', (port) => startControl({ port, key, faults, journal, log }));
    const identities = { [identityHeader]: APP_IDENTITY };
    await this.#add('identity', (port) => startIdentity({ port, identities, log, ...this.#watched('identity') }));
    const vaults = CLOUD_NAMES.map((cloud) => new URL(resourcesOf(cloud).vaultUrl).hostname);
    const vault = { ...base, dir: this.#folder('key-vault'), vaults, ...this.#watched('vault') };
    await this.#add('vault', (port) => startKeyVault({ ...vault, port }));
    const eventGrid = await EventGrid.open({ dir: this.#folder('event-grid'), log, ...this.#options.events });
    this.#eventGrid = eventGrid;
    this.#stops.push(() => eventGrid.stop());
    await this.#startStorage(assignments.may, accounts, eventGrid);
    for (const cloud of CLOUD_NAMES) await this.#startRegistry(cloud, assignments.may, eventGrid);
    const registries = CLOUD_NAMES.map((cloud) => this.#registrySettings(cloud));
    const state = { dir: this.#folder('arm'), registries, access: assignments, accounts };
    const arm = { ...this.#options.arm, ...base, ...state, minimumRunMs, ...this.#watched('arm') };
    await this.#add('arm', (port) => startArm({ ...arm, port, faults: runFaults(faults) }));
  }

  /** What lets a service's calls be recorded and broken, and its clock run wrong. */
  #watched(service: Emulator) {
    const { signingKey, secrets } = this.#certificates;
    const faults = this.#faults;
    const identities = new Map([[secrets.identityHeader, APP_IDENTITY.objectId]]);
    return {
      tokens: new TokenAuthority(signingKey, () => Date.now() + faults.skewMs(service)),
      around: observe(service, { journal: this.#journal, faults, identities }),
    };
  }

  /** Who may do what, and the storage accounts: ARM writes them, the services ask them. */
  async #openAccess() {
    const assignments = await RoleAssignments.open(join(this.#folder('access'), 'role-assignments.json'));
    for (const cloud of CLOUD_NAMES) {
      const subscription = `/subscriptions/${resourcesOf(cloud).subscriptionId}`;
      await assignments.grant(OPERATOR_IDENTITY.objectId, 'Owner', subscription);
    }
    const accounts = await StorageAccounts.open(this.#folder('storage'), this.#certificates.secrets.accountKeys);
    return { assignments, accounts };
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop();
  }

  async subscribe(subscription: SubscriptionInput): Promise<void> {
    await this.#eventGrid?.subscribe(subscription);
  }

  #folder(name: string): string {
    return join(this.#options.dir, name);
  }

  async #add(name: PortName, start: (port: number) => Promise<{ port: number; stop(): Promise<void> }>): Promise<void> {
    const running = await naming(name, () => start(this.ports[name]));
    this.#stops.push(() => running.stop());
    this.ports[name] = running.port;
  }

  async #startStorage(may: May, accounts: StorageAccounts, watcher: EventGrid): Promise<void> {
    const { blob: port, azurite: azuritePort } = this.ports;
    const { log } = this.#options;
    const certificates = this.#certificates;
    const storage = await startStorage({
      port,
      azuritePort,
      dir: this.#folder('storage'),
      certificates,
      may,
      accounts,
      watcher,
      log,
      ...this.#watched('blob'),
    }).catch((error: unknown) => {
      const name = error instanceof PortTakenError && error.port === azuritePort ? 'azurite' : 'blob';
      throw withService(name, error);
    });
    this.#stops.push(() => storage.stop());
    this.ports.blob = storage.port;
    this.ports.azurite = storage.azuritePort;
    this.broken = storage.exited.then(() => 'Azurite has ended.');
  }

  async #startRegistry(cloud: CloudName, may: May, eventGrid: EventGrid): Promise<void> {
    const names = registryPorts(cloud);
    const { loginServer: host, registryId } = resourcesOf(cloud);
    const running = await startRegistry({
      cloud,
      loginServer: host,
      onPush: (push) => eventGrid.publishPush({ ...push, host, registryId }),
      httpPort: this.ports[names.http],
      httpsPort: this.ports[names.https],
      tls: this.#certificates.tls,
      may,
      dir: this.#folder(`registry-${cloud}`),
      admin: { username: REGISTRY_ADMIN_USER, password: this.#certificates.secrets.adminPassword },
      log: this.#options.log,
      ...this.#watched(cloud === 'source' ? 'registrySource' : 'registryTarget'),
    }).catch((error: unknown) => {
      const isHttp = error instanceof PortTakenError && error.port === this.ports[names.http];
      throw withService(isHttp ? names.http : names.https, error);
    });
    this.#stops.push(() => running.stop());
    this.ports[names.http] = running.httpPort;
    this.ports[names.https] = running.httpsPort;
  }

  #registrySettings(cloud: CloudName) {
    const { registryId: id, loginServer } = resourcesOf(cloud);
    return {
      id,
      cloud,
      loginServer,
      location: 'local',
      adminUsername: REGISTRY_ADMIN_USER,
      adminPassword: this.#certificates.secrets.adminPassword,
      endpoint: `http://127.0.0.1:${this.ports[registryPorts(cloud).http]}`,
    };
  }

  #portOf(host: string): number | undefined {
    const service = serviceOfHost(host);
    return service && this.#servicePort(service);
  }

  #servicePort(service: ServiceKind): number | undefined {
    if (service === 'registrySource') return this.ports.registrySourceHttps;
    if (service === 'registryTarget') return this.ports.registryTargetHttps;
    return service === 'login' ? undefined : this.ports[service];
  }
}

function registryPorts(cloud: CloudName) {
  return cloud === 'source'
    ? ({ http: 'registrySource', https: 'registrySourceHttps' } as const)
    : ({ http: 'registryTarget', https: 'registryTargetHttps' } as const);
}

function becomeClient(proxyPort: number, ca: string): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), ca]);
  process.env.HTTPS_PROXY = `http://127.0.0.1:${proxyPort}`;
  process.env.NO_PROXY = '127.0.0.1,localhost';
  setGlobalDispatcher(new EnvHttpProxyAgent());
}

async function naming<T>(service: PortName, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    throw withService(service, error);
  }
}

function withService(service: PortName, error: unknown): unknown {
  return error instanceof PortTakenError ? new ServicePortTakenError(service, error.port) : error;
}

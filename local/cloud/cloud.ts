import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import tls from 'node:tls';
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';
import { type May, RoleAssignments } from '../access/role-assignments.ts';
import { DEFAULT_ROLE_MODE } from '../access/role-mode.ts';
import { type ArmOptions, type RunningArm, startArm } from '../arm/server.ts';
import { CallJournal } from '../calls/journal.ts';
import { observe } from '../calls/observe.ts';
import type { Emulator } from '../calls/service.ts';
import { type Certificates, ensureCertificates } from '../certificates.ts';
import { startControl } from '../control/server.ts';
import type { EventGrid } from '../event-grid/event-grid.ts';
import type { SubscriptionInput } from '../event-grid/subscription.ts';
import { MAX_SEED } from '../faults/random.ts';
import { FaultRules } from '../faults/rules.ts';
import { runFaults } from '../faults/run-faults.ts';
import { observeTunnels } from '../faults/tunnels.ts';
import { PortTakenError } from '../http.ts';
import { startIdentity } from '../identity/server.ts';
import { startKeyVault } from '../key-vault/server.ts';
import { startLogin } from '../login/server.ts';
import { type CloudName, OPERATOR_IDENTITY, REGISTRY_ADMIN_USER, resourcesOf } from '../names.ts';
import { startProxy } from '../proxy.ts';
import { contentSizeBytes } from '../registry/content-size.ts';
import { startRegistry } from '../registry/server.ts';
import { StorageAccounts } from '../storage/accounts.ts';
import { startStorage } from '../storage/server.ts';
import { TokenAuthority } from '../tokens.ts';
import { type EventSettings, openEventGrid } from './events.ts';
import { portOfHost, registryPorts } from './host-ports.ts';
import { naming, withService } from './port-taken.ts';
import type { PortName, Ports } from './ports.ts';
import { type CloudProfile, ONE_TENANT } from './profile.ts';
import { type Provisioned, provision } from './provision.ts';
import type { StorageAccess } from './sample-roles.ts';

export interface CloudOptions {
  /** Folder of all state; made when it is not there. */
  dir: string;
  ports: Ports;
  /** How the sample pipelines reach their containers, where they are made anew. */
  storageAccess: StorageAccess;
  /** Which clouds; default: both, with one tenant. */
  profile?: CloudProfile;
  /** Milliseconds that a pipeline run takes at least, so that its progress can be seen. */
  minimumRunMs?: number;
  /** What all draws of faults derive from (0 to 4,294,967,295); left out, a new one, printed in the log. */
  faultSeed?: number;
  /** How events of blobs are delivered. */
  events?: EventSettings;
  /** What ARM does where the service is undocumented, when its source trigger looks, and its limits. */
  arm?: ArmSettings;
  log?: (line: string) => void;
}

/** Settings of ARM that tests and demonstrations change. */
export type ArmSettings = Pick<
  ArmOptions,
  'behavior' | 'sourceTriggerDelayMs' | 'sourceTriggerStartDelayMs' | 'maxLayerBytes'
>;

export interface RunningCloud extends Provisioned {
  /** The ports in force; `functions` as it was given. */
  ports: Ports;
  certificates: Certificates;
  /** Azurite's process. */
  azuritePid: number;
  /** Resolves when a part has ended by itself; the cloud is no longer whole then. */
  broken: Promise<string>;
  /** Makes an Event Grid subscription. @throws HandshakeError */
  subscribe(subscription: SubscriptionInput): Promise<void>;
  /** Stops what was started, in the reverse order. */
  stop(): Promise<void>;
}

/**
 * Starts the local clouds of a profile in this process: what is depended on first, then what depends on it, then the sample
 * resources. This process becomes a client of its own clouds: it trusts their certificates and goes through their proxy.
 */
export async function startCloud(options: CloudOptions): Promise<RunningCloud> {
  const { profile = ONE_TENANT } = options;
  const certificates = await ensureCertificates(options.dir, new Date(), profile.clouds);
  const parts = new CloudParts({ ...options, profile }, certificates);
  try {
    await parts.start();
    const made = await provision({ tokens: parts.tokens, storageAccess: options.storageAccess, profile });
    return runningCloud(parts, certificates, made);
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

function runningCloud(parts: CloudParts, certificates: Certificates, made: Provisioned): RunningCloud {
  return {
    ...made,
    ports: parts.ports,
    certificates,
    azuritePid: parts.azuritePid,
    broken: parts.broken,
    subscribe: (subscription) => parts.subscribe(subscription),
    stop: () => parts.stop(),
  };
}

class CloudParts {
  readonly tokens: TokenAuthority;
  readonly ports: Ports;
  readonly #options: CloudOptions & { profile: CloudProfile };
  readonly #certificates: Certificates;
  readonly #faults: FaultRules;
  readonly #journal: CallJournal;
  readonly #stops: (() => Promise<void>)[] = [];
  azuritePid = 0;
  broken: Promise<string> = new Promise(() => {});
  #eventGrid: EventGrid | undefined;
  #arm: RunningArm | undefined;

  constructor(options: CloudOptions & { profile: CloudProfile }, certificates: Certificates) {
    const { log, faultSeed = randomInt(MAX_SEED) } = options;
    this.#options = options;
    this.#certificates = certificates;
    this.ports = { ...options.ports };
    this.tokens = new TokenAuthority(certificates.signingKey, options.profile);
    this.#faults = new FaultRules(faultSeed);
    this.#journal = new CallJournal({ path: join(options.dir, 'logs', 'calls.jsonl'), log });
    log?.(`faults: seed ${faultSeed}`);
  }

  async start(): Promise<void> {
    const { log, minimumRunMs, profile, events } = this.#options;
    const { clouds, applications } = profile;
    const [faults, journal] = [this.#faults, this.#journal];
    await mkdir(join(this.#options.dir, 'logs'), { recursive: true });
    this.#stops.push(() => journal.close());
    const { assignments, accounts } = await this.#openAccess();
    const base = { tls: this.#certificates.tls, may: assignments.may, log };
    const around = observeTunnels(faults, journal);
    await this.#add('proxy', (port) =>
      startProxy({ port, portOf: (host) => portOfHost(host, this.ports, clouds), around, log }),
    );
    becomeClient(this.ports.proxy, this.#certificates.ca);
    const { controlKey: key, identityHeader } = this.#certificates.secrets;
    await this.#add('control', (port) => startControl({ port, key, faults, journal, log }));
    const identities = profile.identity ? { [identityHeader]: profile.identity } : {};
    await this.#add('identity', (port) => startIdentity({ port, identities, log, ...this.#watched('identity') }));
    const login = { ...base, clouds, applications, ...this.#watched('login') };
    await this.#add('login', (port) => startLogin({ ...login, port }));
    const vaults = clouds.map((cloud) => new URL(resourcesOf(cloud).vaultUrl).hostname);
    const vault = { ...base, dir: this.#folder('key-vault'), vaults, ...this.#watched('vault') };
    await this.#add('vault', (port) => startKeyVault({ ...vault, port }));
    const eventGrid = await openEventGrid({ dir: this.#folder('event-grid'), faults, journal, events, log });
    this.#eventGrid = eventGrid;
    this.#stops.push(() => eventGrid.stop());
    await this.#startStorage(assignments.may, accounts, eventGrid);
    for (const cloud of clouds) await this.#startRegistry(cloud, assignments.may, eventGrid);
    const registries = clouds.map((cloud) => this.#registrySettings(cloud));
    const access = { access: assignments, accounts };
    const state = { dir: this.#folder('arm'), registries, ...access };
    const arm = { ...this.#options.arm, ...base, ...state, minimumRunMs, ...this.#watched('arm') };
    await this.#add('arm', async (port) => {
      this.#arm = await startArm({ ...arm, port, faults: runFaults(faults) });
      return this.#arm;
    });
  }

  /** What lets a service's calls be recorded and broken, and its clock run wrong. */
  #watched(service: Emulator) {
    const { signingKey, secrets } = this.#certificates;
    const faults = this.#faults;
    const { tenantId, identity } = this.#options.profile;
    const identities = new Map(identity ? [[secrets.identityHeader, identity.objectId]] : []);
    return {
      tokens: new TokenAuthority(signingKey, { tenantId, nowMs: () => Date.now() + faults.skewMs(service) }),
      around: observe(service, { journal: this.#journal, faults, identities, tenantId }),
    };
  }

  /** Who may do what, and the storage accounts: ARM writes them, the services ask them. */
  async #openAccess() {
    const assignments = await RoleAssignments.open(join(this.#folder('access'), 'role-assignments.json'));
    const { clouds } = this.#options.profile;
    for (const cloud of clouds) {
      const subscription = `/subscriptions/${resourcesOf(cloud).subscriptionId}`;
      await assignments.grant(OPERATOR_IDENTITY.objectId, 'Owner', subscription);
    }
    const accounts = await StorageAccounts.open(
      this.#folder('storage'),
      this.#certificates.secrets.accountKeys,
      clouds,
    );
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
    this.azuritePid = storage.azuritePid;
    this.broken = storage.exited.then(() => 'Azurite has ended.');
  }

  async #startRegistry(cloud: CloudName, may: May, eventGrid: EventGrid): Promise<void> {
    const names = registryPorts(cloud);
    const { loginServer, registryId } = resourcesOf(cloud);
    const { adminPassword, workerPassword } = this.#certificates.secrets;
    const running = await startRegistry({
      cloud,
      loginServer,
      onPush: (push) => eventGrid.publishPush({ ...push, host: loginServer, registryId }),
      httpPort: this.ports[names.http],
      httpsPort: this.ports[names.https],
      tls: this.#certificates.tls,
      may,
      roleMode: () => this.#arm?.roleModeOf(registryId) ?? DEFAULT_ROLE_MODE,
      dir: this.#folder(`registry-${cloud}`),
      admin: () => this.#arm?.adminOf(registryId) ?? { username: REGISTRY_ADMIN_USER, passwords: [adminPassword] },
      workerPassword,
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
      workerPassword: this.#certificates.secrets.workerPassword,
      endpoint: `http://127.0.0.1:${this.ports[registryPorts(cloud).http]}`,
      sizeBytes: () => contentSizeBytes(this.#folder(`registry-${cloud}`)),
    };
  }
}

function becomeClient(proxyPort: number, ca: string): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), ca]);
  process.env.HTTPS_PROXY = `http://127.0.0.1:${proxyPort}`;
  process.env.NO_PROXY = '127.0.0.1,localhost';
  setGlobalDispatcher(new EnvHttpProxyAgent());
}

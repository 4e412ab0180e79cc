import { join } from 'node:path';
import type { ArmSettings } from '../cloud/cloud.ts';
import { inRange } from '../cloud/port-taken.ts';
import { FIRST_PORTS, type Ports, TARGET_PORTS } from '../cloud/ports.ts';
import type { StorageAccess } from '../cloud/sample-roles.ts';
import { APP_IDENTITY, CLOUD_NAMES, type CloudName, TARGET_APP_IDENTITY, TENANTS } from '../names.ts';
import { type CloudSide, startCloudSide, watchCloud } from './cloud-side.ts';
import { ROUTE_NAME } from './environment.ts';
import { type RunningApp, startApp } from './running-app.ts';
import { sideRoute, sideSettings } from './side-settings.ts';
import { subscribeToBlobs, subscribeToPushes } from './subscribe.ts';

export interface TwoSidedOptions {
  /** Folder of all state: one folder in it for each side, and one for the disk that is carried. */
  dir: string;
  appDir: string;
  ports: Readonly<Record<CloudName, Ports>>;
  storageAccess: StorageAccess;
  minimumRunMs?: number;
  /** What ARM does where the service is undocumented, when its source trigger looks, and its limits. */
  arm?: ArmSettings;
  /** Keys of the sides' routes that replace the usual ones. */
  route?: Record<string, unknown>;
}

/** One side: a cloud of its own, and the app that serves this side of the route in it. */
export interface RunningSide {
  readonly cloud: CloudSide;
  readonly app: RunningApp;
  readonly address: { url: string; key: string };
  /** Rejects when a part is gone for good. */
  readonly failed: Promise<never>;
  /** The app first, then the cloud. */
  stop(): Promise<void>;
}

/** Two apps in two clouds that know nothing of each other, and a disk. */
export interface TwoSided {
  readonly route: string;
  /** Folder that stands for the disk. */
  readonly disk: string;
  /** A side that is up. @throws when it is stopped */
  side(cloud: CloudName): RunningSide;
  /** Stops all processes of a side; its state stays. */
  stopSide(cloud: CloudName): Promise<void>;
  /** Starts a side that was stopped, on free ports where its ports are 0. */
  startSide(cloud: CloudName): Promise<RunningSide>;
  /** The source's side, then the target's. */
  stop(): Promise<void>;
}

const IDENTITIES = { source: APP_IDENTITY, target: TARGET_APP_IDENTITY } as const;

/** Starts the clouds, whose teams tell each other the public keys of their receipts, and then the apps; the source's first. */
export async function startTwoSided(options: TwoSidedOptions): Promise<TwoSided> {
  const running = new Map<CloudName, RunningSide>();
  const keys = new Map<CloudName, string>();
  const startCloud = async (name: CloudName): Promise<CloudSide> => {
    const cloud = await inRange(rangeOf(name), () => startOwnCloud(options, name));
    keys.set(name, cloud.process.receiptKeys?.[name] ?? '');
    return cloud;
  };
  const startSide = async (name: CloudName, started?: CloudSide): Promise<RunningSide> => {
    const cloud = started ?? (await startCloud(name));
    const route = sideRoute(name, keys.get(name === 'source' ? 'target' : 'source') ?? '', options.route);
    const side = await inRange(rangeOf(name), () => startOwnSide(options, cloud, route));
    running.set(name, side);
    return side;
  };
  const stopSide = async (cloud: CloudName): Promise<void> => {
    const side = running.get(cloud);
    running.delete(cloud);
    await side?.stop();
  };
  const stop = async (): Promise<void> => {
    for (const cloud of CLOUD_NAMES) await stopSide(cloud);
  };
  const clouds: CloudSide[] = [];
  try {
    for (const name of CLOUD_NAMES) clouds.push(await startCloud(name));
    for (const cloud of [...clouds]) {
      // From here on the side stops its cloud.
      clouds.shift();
      await startSide(cloud.cloud, cloud);
    }
  } catch (error) {
    await stop();
    for (const cloud of clouds) await cloud.stop();
    throw error;
  }
  return {
    route: ROUTE_NAME,
    disk: join(options.dir, 'disk'),
    side(cloud) {
      const side = running.get(cloud);
      if (!side) throw new Error(`The ${cloud}'s side is stopped.`);
      return side;
    },
    stopSide,
    startSide: (name) => startSide(name),
    stop,
  };
}

function rangeOf(cloud: CloudName) {
  return cloud === 'target' ? TARGET_PORTS : FIRST_PORTS;
}

/** Starts the app of a cloud; where it does not start, the cloud is stopped. */
async function startOwnSide(options: TwoSidedOptions, cloud: CloudSide, route: object): Promise<RunningSide> {
  let app: RunningApp | undefined;
  try {
    app = await startOwnApp(options, cloud, route);
    const address = { url: app.url, masterKey: app.keys.master };
    const subscribe = cloud.cloud === 'target' ? subscribeToBlobs : subscribeToPushes;
    await subscribe(cloud.process, route, address);
  } catch (error) {
    await app?.stop();
    await cloud.stop();
    throw error;
  }
  return assemble(cloud, app);
}

function startOwnCloud(options: TwoSidedOptions, cloud: CloudName): Promise<CloudSide> {
  const { dir, ports, storageAccess, minimumRunMs, arm } = options;
  const identity = IDENTITIES[cloud];
  return startCloudSide({
    dir: join(dir, cloud),
    cloud,
    ports: ports[cloud],
    profile: {
      clouds: [cloud],
      tenantId: TENANTS[cloud],
      identity,
      appObjectId: identity.objectId,
      hasReceiptKey: true,
      applications: [],
    },
    storageAccess,
    ...(minimumRunMs === undefined ? {} : { minimumRunMs }),
    ...(arm === undefined ? {} : { arm }),
  });
}

function startOwnApp({ appDir, ports }: TwoSidedOptions, cloud: CloudSide, route: object): Promise<RunningApp> {
  const env = sideSettings(cloud.cloud, cloud, route);
  return startApp({ dir: cloud.dir, appDir, port: ports[cloud.cloud].functions, env });
}

function assemble(cloud: CloudSide, app: RunningApp): RunningSide {
  let stopping = false;
  const failed = Promise.race([app.failed, watchCloud(cloud, () => stopping)]);
  failed.catch(() => {});
  return {
    cloud,
    app,
    address: { url: app.url, key: app.keys.function },
    failed,
    async stop() {
      stopping = true;
      await app.stop();
      await cloud.stop();
    },
  };
}

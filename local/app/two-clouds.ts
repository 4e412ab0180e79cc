import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArmSettings } from '../cloud/cloud.ts';
import { portOfHost } from '../cloud/host-ports.ts';
import { inRange } from '../cloud/port-taken.ts';
import { type Ports, TARGET_PORTS } from '../cloud/ports.ts';
import type { CloudProfile } from '../cloud/profile.ts';
import type { StorageAccess } from '../cloud/sample-roles.ts';
import type { RunningServer } from '../http.ts';
import type { Application } from '../login/application.ts';
import { APP_IDENTITY, type CloudName, TARGET_APPLICATION, TENANTS } from '../names.ts';
import { startProxy } from '../proxy.ts';
import { type CloudSide, startCloudSide, watchCloud } from './cloud-side.ts';
import { appEnvironment, localRoute, ROUTE_NAME } from './environment.ts';
import { type RunningApp, startApp } from './running-app.ts';
import { subscribeToBlobs, subscribeToPushes } from './subscribe.ts';
import { type SignIn, twoCloudsRoute } from './two-clouds-route.ts';

export interface TwoCloudsOptions {
  /** Folder of all state, one folder in it for each cloud. */
  dir: string;
  appDir: string;
  ports: Readonly<Record<CloudName, Ports>>;
  storageAccess: StorageAccess;
  signIn: SignIn;
  minimumRunMs?: number;
  /** What ARM does where the service is undocumented, when its source trigger looks, and its limits. */
  arm?: ArmSettings;
  /** Keys of the route that replace the usual ones. */
  route?: Record<string, unknown>;
  /** What the target's tenant knows of the application, in place of what it must know. */
  application?: Partial<Application>;
}

/** Two clouds with a tenant each, in a process each, and one app that serves both sides of the route between them. */
export interface TwoClouds {
  readonly route: string;
  readonly clouds: Readonly<Record<CloudName, CloudSide>>;
  readonly app: RunningApp;
  readonly address: { url: string; key: string };
  /** Rejects when a part is gone for good. */
  failed: Promise<never>;
  /** The app first, then its proxy, then the clouds. */
  stop(): Promise<void>;
}

const AUDIENCE = 'api://AzureADTokenExchange';

/** Starts the source's cloud, then the target's, which knows the app's application, then the app, which reaches both. */
export async function startTwoClouds(options: TwoCloudsOptions): Promise<TwoClouds> {
  const stops: (() => Promise<void>)[] = [];
  let stopping = false;
  const stop = async (): Promise<void> => {
    stopping = true;
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const source = await startSide(options, 'source', sourceProfile(options.signIn));
    stops.push(() => source.stop());
    const application = { ...applicationOf(options.signIn, source), ...options.application };
    const target = await inRange(TARGET_PORTS, () => startSide(options, 'target', targetProfile(application)));
    stops.push(() => target.stop());
    const clouds = { source, target };
    const proxy = await startProxy({ port: 0, portOf: (host) => portIn(clouds, host) });
    stops.push(() => proxy.stop());
    const app = await startBothSided(options, clouds, proxy);
    stops.push(() => app.stop());
    const deployed = { url: app.url, masterKey: app.keys.master };
    await subscribeToBlobs(target.process, routeOf(options), deployed);
    await subscribeToPushes(source.process, routeOf(options), deployed);
    const failed = Promise.race([app.failed, ...[source, target].map((side) => watchCloud(side, () => stopping))]);
    failed.catch(() => {});
    const address = { url: app.url, key: app.keys.function };
    return { route: ROUTE_NAME, clouds, app, address, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startSide(options: TwoCloudsOptions, cloud: CloudName, profile: CloudProfile): Promise<CloudSide> {
  const { dir, ports, storageAccess, minimumRunMs, arm } = options;
  return startCloudSide({
    dir: join(dir, cloud),
    cloud,
    ports: ports[cloud],
    profile,
    storageAccess,
    ...(minimumRunMs === undefined ? {} : { minimumRunMs }),
    ...(arm === undefined ? {} : { arm }),
  });
}

function sourceProfile(signIn: SignIn): CloudProfile {
  return {
    clouds: ['source'],
    tenantId: TENANTS.source,
    identity: APP_IDENTITY,
    appObjectId: APP_IDENTITY.objectId,
    hasSignInCertificate: signIn === 'certificate',
    applications: [],
  };
}

function targetProfile(application: Application): CloudProfile {
  return {
    clouds: ['target'],
    tenantId: TENANTS.target,
    appObjectId: application.objectId,
    applications: [application],
  };
}

/** The app's application as the target's tenant must know it: it trusts the app's identity, or the app's certificate. */
function applicationOf(signIn: SignIn, { tokens, process }: CloudSide): Application {
  if (signIn === 'certificate') return { ...TARGET_APPLICATION, certificates: [process.signInCertificate ?? ''] };
  const { issuer, publicJwk } = tokens;
  const trusted = { issuer, subject: APP_IDENTITY.objectId, audience: AUDIENCE, keys: [publicJwk] };
  return { ...TARGET_APPLICATION, federatedCredentials: [trusted] };
}

function portIn(clouds: TwoClouds['clouds'], host: string): number | undefined {
  return Object.values(clouds)
    .map(({ cloud, ports }) => portOfHost(host, ports, [cloud]))
    .find((port) => port !== undefined);
}

async function startBothSided(
  { dir, appDir, ports, signIn, route }: TwoCloudsOptions,
  { source, target }: TwoClouds['clouds'],
  proxy: RunningServer,
): Promise<RunningApp> {
  await mkdir(dir, { recursive: true });
  const caPath = join(dir, 'ca.pem');
  await writeFile(caPath, `${source.certificates.ca}\n${target.certificates.ca}`, { mode: 0o600 });
  const env = appEnvironment(
    { ...source.ports, proxy: proxy.port },
    { ...source.certificates, caPath },
    routeOf({ signIn, route }),
  );
  return startApp({ dir, appDir, port: ports.source.functions, env });
}

function routeOf({ signIn, route }: Pick<TwoCloudsOptions, 'signIn'> & { route?: object | undefined }) {
  return localRoute({ ...twoCloudsRoute(signIn), ...route });
}

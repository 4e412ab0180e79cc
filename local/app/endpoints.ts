import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificates } from '../certificates.ts';
import type { Ports } from '../cloud/ports.ts';
import { type CloudName, REGISTRY_ADMIN_USER, resourcesOf } from '../names.ts';
import { ROUTE_NAME } from './environment.ts';

/** One side of `endpoints.json`: loopback URLs for docker, skopeo and curl. */
interface SideEndpoints {
  arm: { url: string };
  registry: { id: string; loginServer: string; username: string; password: string };
  storage: { account: string; url: string; container: string };
  vault: { url: string };
}

/** Where all is while the local cloud is up. SDK clients use the proxy and the `.test` names instead. */
export interface Endpoints {
  route: string;
  ca: string;
  proxy: { url: string };
  functions: { url: string; key: string; pid: number };
  /** Faults and calls; see `docs/local-cloud.md`. */
  control: { url: string; key: string };
  identity: { endpoint: string; header: string };
  source: SideEndpoints;
  target: SideEndpoints;
}

export function describeEndpoints(ports: Ports, certificates: Certificates, functionsPid: number): Endpoints {
  const { secrets, caPath } = certificates;
  return {
    route: ROUTE_NAME,
    ca: caPath,
    proxy: { url: `http://127.0.0.1:${ports.proxy}` },
    functions: { url: `http://127.0.0.1:${ports.functions}`, key: secrets.functionKey, pid: functionsPid },
    control: { url: `http://127.0.0.1:${ports.control}`, key: secrets.controlKey },
    identity: { endpoint: `http://127.0.0.1:${ports.identity}/msi/token`, header: secrets.identityHeader },
    source: describeSide('source', ports, certificates),
    target: describeSide('target', ports, certificates),
  };
}

function describeSide(cloud: CloudName, ports: Ports, { secrets }: Certificates): SideEndpoints {
  const { registryId, account, container } = resourcesOf(cloud);
  const registryPort = cloud === 'source' ? ports.registrySource : ports.registryTarget;
  return {
    arm: { url: `https://127.0.0.1:${ports.arm}` },
    registry: {
      id: registryId,
      loginServer: `127.0.0.1:${registryPort}`,
      username: REGISTRY_ADMIN_USER,
      password: secrets.adminPassword,
    },
    storage: { account, url: `https://127.0.0.1:${ports.blob}`, container },
    vault: { url: `https://127.0.0.1:${ports.vault}` },
  };
}

/**
 * `endpoints.json` of a state folder, mode 0600. It also says who owns the folder: a file whose owner is alive is
 * left alone, one of a dead owner is replaced.
 */
export class EndpointsFile {
  readonly #path: string;

  constructor(dir: string) {
    this.#path = join(dir, 'endpoints.json');
  }

  /** The process that owns the folder now, if one does. */
  async liveOwner(): Promise<number | undefined> {
    const found = await readFile(this.#path, 'utf8').catch(() => undefined);
    const owner = found === undefined ? undefined : (parseOwner(found) ?? undefined);
    return owner !== undefined && owner !== process.pid && isAlive(owner) ? owner : undefined;
  }

  async write(endpoints: object): Promise<void> {
    const text = JSON.stringify({ ...endpoints, pid: process.pid }, null, 2);
    await rm(this.#path, { force: true });
    await writeFile(this.#path, `${text}\n`, { mode: 0o600 });
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

function parseOwner(text: string): number | undefined {
  try {
    const { pid } = JSON.parse(text) as { pid?: unknown };
    return typeof pid === 'number' ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

import { join } from 'node:path';
import {
  BlobServiceClient,
  type ContainerClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { request as send } from 'undici';
import { type ArmOptions, type RunningArm, startArm } from '../../../local/arm/server.ts';
import { startKeyVault } from '../../../local/key-vault/server.ts';
import { CLOUD_NAMES, type CloudName, cloudObject, resourcesOf } from '../../../local/names.ts';
import { startRegistry } from '../../../local/registry/server.ts';
import type { StorageAccounts } from '../../../local/storage/accounts.ts';
import { startStorage } from '../../../local/storage/server.ts';
import { RegistryClient } from '../../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../../src/oci/token-source.ts';
import { type LocalBase, startLocalBase } from '../../support/local-base.ts';

const HOUR_MS = 3_600_000;
const ADMIN = { username: 'admin', password: 'registry-password' };

/** What one cloud has beside ARM. */
interface Side {
  registry: RegistryClient;
  registryEndpoint: string;
  container: ContainerClient;
}

/** The response of a run, as far as tests read it. */
export interface RunResponse {
  status: string;
  progress: { percentage: string };
  startTime: string;
  catalogDigest: string;
  importedArtifacts: string[];
  pipelineRunErrorMessage: string;
}

/** Both clouds with storage, vaults, registries and ARM, all real emulators, reached by their names. */
export class ArmWorld {
  readonly base: LocalBase;
  readonly source: Side;
  readonly target: Side;
  #arm: RunningArm | undefined;

  private constructor(base: LocalBase, source: Side, target: Side) {
    this.base = base;
    this.source = source;
    this.target = target;
  }

  static async start(): Promise<ArmWorld> {
    const base = await startLocalBase();
    const { certificates, tokens, dir } = base;
    const storage = await startStorage({ port: 0, azuritePort: 0, dir: join(dir, 'storage'), certificates, tokens });
    base.stopLater(storage);
    const vaults = CLOUD_NAMES.map((cloud) => new URL(resourcesOf(cloud).vaultUrl).hostname);
    const vault = await startKeyVault({ port: 0, tls: certificates.tls, tokens, dir: join(dir, 'vaults'), vaults });
    base.stopLater(vault);
    for (const host of vaults) base.ports.set(host, vault.port);
    for (const cloud of CLOUD_NAMES) {
      base.ports.set(new URL(resourcesOf(cloud).containerUrl).hostname, storage.port);
    }
    const sides = CLOUD_NAMES.map((cloud) => startSide(base, cloud, storage.accounts));
    const [source, target] = await Promise.all(sides);
    if (!source || !target) throw new Error('there are two clouds');
    return new ArmWorld(base, source, target);
  }

  async stop(): Promise<void> {
    await this.#arm?.stop();
    await this.base.stop();
  }

  /** Starts ARM, or starts it again on the same state; other options than before may be given. */
  async startArm(options: Partial<ArmOptions> = {}): Promise<RunningArm> {
    await this.#arm?.stop();
    const arm = await startArm({ ...this.armOptions(), ...options });
    for (const cloud of CLOUD_NAMES) this.base.ports.set(new URL(cloudObject(cloud).armEndpoint).hostname, arm.port);
    this.#arm = arm;
    return arm;
  }

  async stopArm(): Promise<void> {
    await this.#arm?.stop();
  }

  armOptions(): ArmOptions {
    const { certificates, tokens, dir } = this.base;
    const registries = CLOUD_NAMES.map((cloud) => {
      const { registryId: id, loginServer } = resourcesOf(cloud);
      const endpoint = this[cloud].registryEndpoint;
      const { username: adminUsername, password: adminPassword } = ADMIN;
      return { id, cloud, loginServer, location: 'local', adminUsername, adminPassword, endpoint };
    });
    return { port: 0, tls: certificates.tls, tokens, dir: join(dir, 'arm'), registries };
  }

  armToken(cloud: CloudName): string {
    return this.base.tokens.mint({ aud: cloudObject(cloud).armAudience, oid: 'user' });
  }

  /** PUTs something of the cloud's registry; throws unless it was taken. */
  async put(cloud: CloudName, path: string, body: object): Promise<void> {
    await this.#send('PUT', cloud, path, body);
  }

  /** PUTs a run, waits until no run is going on, and gives its response. */
  async run(cloud: CloudName, name: string, request: object): Promise<RunResponse> {
    await this.put(cloud, `pipelineRuns/${name}`, { properties: { request } });
    return this.runResponse(cloud, name);
  }

  async runResponse(cloud: CloudName, name: string): Promise<RunResponse> {
    await this.#arm?.settled();
    const body = await this.#send('GET', cloud, `pipelineRuns/${name}`);
    return (body as { properties: { response: RunResponse } }).properties.response;
  }

  /** The items of a list of the cloud's registry. */
  async list<T>(cloud: CloudName, type: string): Promise<T[]> {
    return ((await this.#send('GET', cloud, type)) as { value: T[] }).value;
  }

  async putSecret(cloud: CloudName, name: string, value: string): Promise<string> {
    const { vaultUrl } = resourcesOf(cloud);
    const token = this.base.tokens.mint({ aud: `https://vault.${cloud}.test`, oid: 'user' });
    const answer = await send(`${vaultUrl}/secrets/${name}?api-version=7.6`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ value }),
    });
    return ((await answer.body.json()) as { id: string }).id;
  }

  async #send(method: 'GET' | 'PUT', cloud: CloudName, path: string, body?: object): Promise<unknown> {
    const { registryId } = resourcesOf(cloud);
    const url = `${cloudObject(cloud).armEndpoint}${registryId}/${path}?api-version=2025-06-01-preview`;
    const headers = { authorization: `Bearer ${this.armToken(cloud)}`, 'content-type': 'application/json' };
    const answer = await send(url, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${text}`);
    return JSON.parse(text);
  }
}

/** A SAS token for a container, living from an hour ago for as long as said. */
export function containerSas(container: ContainerClient, permissions: string, lifeMs = HOUR_MS): string {
  const credential = container.credential;
  if (!(credential instanceof StorageSharedKeyCredential)) throw new Error('needs the account key');
  const values = { containerName: container.containerName, permissions: ContainerSASPermissions.parse(permissions) };
  const startsOn = new Date(Date.now() - HOUR_MS);
  const expiresOn = new Date(Date.now() + lifeMs);
  return generateBlobSASQueryParameters({ ...values, startsOn, expiresOn }, credential).toString();
}

async function startSide(base: LocalBase, cloud: CloudName, accounts: StorageAccounts): Promise<Side> {
  const { loginServer, account, container: name } = resourcesOf(cloud);
  const { certificates, tokens } = base;
  const dir = join(base.dir, `registry-${cloud}`);
  const ports = { httpsPort: 0, httpPort: 0, tls: certificates.tls };
  const server = await startRegistry({ ...ports, loginServer, cloud, tokens, dir, admin: ADMIN });
  base.stopLater(server);
  const registryEndpoint = `http://127.0.0.1:${server.httpPort}`;
  const { username, password } = ADMIN;
  const registry = new RegistryClient({ endpoint: registryEndpoint, tokens: passwordTokenSource(username, password) });
  const credential = new StorageSharedKeyCredential(account, accounts.get(account).key1);
  const service = new BlobServiceClient(`https://${account}.blob.${cloud}.test`, credential);
  const container = service.getContainerClient(name);
  await container.create();
  return { registry, registryEndpoint, container };
}

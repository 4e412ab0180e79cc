import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request as sendRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArmOptions, type RunningArm, startArm } from '../../../../local/arm/server.ts';
import { type CloudName, resourcesOf, TENANTS } from '../../../../local/names.ts';
import { TokenAuthority } from '../../../../local/tokens.ts';

const SIGNING_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
export const TOKENS = new TokenAuthority(SIGNING_KEY);
/** Of another tenant, though with the same key. */
export const FOREIGN_TOKENS = new TokenAuthority(SIGNING_KEY, { tenantId: TENANTS.target });
export const SOURCE = resourcesOf('source').registryId;
export const TARGET = resourcesOf('target').registryId;
export const VERSION = '2025-06-01-preview';

export const SAS_TARGET = {
  type: 'AzureStorageBlobContainer',
  uri: 'https://srcstore.blob.source.test/transfer',
  keyVaultUri: 'https://srcvault.vault.source.test/secrets/transfer-sas',
};
export const EXPORT_PIPELINE = { identity: { type: 'SystemAssigned' }, properties: { target: SAS_TARGET } };
export const IMPORT_PIPELINE = { identity: { type: 'SystemAssigned' }, properties: { source: SAS_TARGET } };

export function registrySettings(cloud: CloudName, endpoint = 'http://127.0.0.1:1') {
  const { registryId: id, loginServer } = resourcesOf(cloud);
  return { id, cloud, loginServer, location: 'local', adminUsername: 'admin', adminPassword: 'first', endpoint };
}

export function bearer(cloud: CloudName): string {
  return `Bearer ${TOKENS.mint({ aud: `https://management.${cloud}.test`, oid: 'caller', appid: 'app' })}`;
}

/** The parts of ARM's answers that tests read; each answer has some of them. */
export interface ArmBody {
  id: string;
  name: string;
  status: string;
  endTime: string;
  location: string;
  sku: object;
  tags: object;
  identity: {
    type: string;
    principalId: string;
    userAssignedIdentities: Record<string, { principalId: string; clientId: string }>;
  };
  systemData: { createdAt: string };
  properties: {
    loginServer: string;
    adminUserEnabled: boolean;
    policies: object;
    target: { storageAccessMode: string };
    options: string[];
    trigger: object;
    provisioningState: string;
    roleAssignmentMode: string;
    forceUpdateTag: string;
    request: { catalogDigest: string };
    response: {
      status: string;
      startTime: string;
      finishTime: string;
      catalogDigest: string;
      importedArtifacts: string[];
      pipelineRunErrorMessage: string;
      source: { uri: string };
      target: object;
    };
  };
  value: ArmBody[];
  nextLink: string | undefined;
  username: string;
  passwords: { name: string; value: string }[];
  error: { code: string; message: string; target: string };
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: ArmBody;
}

export interface Ask {
  host?: string;
  cloud?: CloudName;
  headers?: Record<string, string>;
  body?: unknown;
}

/** One ARM under test, its state in a folder of its own; `restart` gives it another process' view of that folder. */
export class ArmFixture {
  dir = '';
  arm: RunningArm | undefined;
  #options: Partial<ArmOptions> = {};

  async start(options: Partial<ArmOptions> = {}): Promise<void> {
    this.#options = options;
    if (this.dir === '') this.dir = await mkdtemp(join(tmpdir(), 'arm-'));
    const registries = [registrySettings('source'), registrySettings('target')];
    this.arm = await startArm({
      port: 0,
      tokens: TOKENS,
      dir: this.dir,
      registries,
      executeRun: async () => ({}),
      ...options,
    });
  }

  async restart(options: Partial<ArmOptions> = this.#options): Promise<void> {
    await this.arm?.stop();
    await this.start(options);
  }

  async stop(): Promise<void> {
    await this.arm?.stop();
    await rm(this.dir, { recursive: true, force: true });
    this.dir = '';
  }

  /** Asks over the loopback port; a path without a query gets the usual api-version. */
  ask(method: string, path: string, { host, cloud, headers = {}, body }: Ask = {}): Promise<Answer> {
    const asked = path.includes(resourcesOf('target').subscriptionId) ? 'target' : 'source';
    const authorization = bearer(cloud ?? asked);
    const port = this.arm?.port;
    const url = path.includes('?') ? path : `${path}?api-version=${VERSION}`;
    const sent = { authorization, ...(host === undefined ? {} : { host }), ...headers };
    return send({ method, port, path: url, headers: sent }, body === undefined ? '' : JSON.stringify(body));
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.ask('PUT', path, { body });
  }

  get(path: string): Promise<Answer> {
    return this.ask('GET', path);
  }
}

export function send(
  options: { method: string; port: number | undefined; path: string; headers: Record<string, string> },
  text: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = sendRequest({ host: '127.0.0.1', ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString();
        const { statusCode = 0, headers } = response;
        // An empty body reads as undefined; the tests of empty answers say so.
        const body = (answer === '' ? undefined : JSON.parse(answer)) as ArmBody;
        resolve({ status: statusCode, headers, body });
      });
    });
    request.once('error', reject);
    request.end(text);
  });
}

import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { everyoneMay, type May } from '../../../../local/access/role-assignments.ts';
import type { RoleMode } from '../../../../local/access/role-mode.ts';
import { CLOUD_NAMES, certificateNames, resourcesOf } from '../../../../local/names.ts';
import type { RegistryOptions, RunningRegistry } from '../../../../local/registry/server.ts';
import { startRegistry } from '../../../../local/registry/server.ts';
import { TokenAuthority } from '../../../../local/tokens.ts';
import type { IssuedCertificates } from '../../../../local/x509.ts';
import { issueCertificates } from '../../../../local/x509.ts';

export const SIGNING_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
export const TOKENS = new TokenAuthority(SIGNING_KEY);
export const LOGIN_SERVER = resourcesOf('source').loginServer;
export const ADMIN = { username: 'admin', password: 'pass:word' };
export const BASIC = basic(ADMIN.username, ADMIN.password);
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

export interface CallOptions {
  headers?: Record<string, string>;
  body?: string | Buffer | Readable;
  /** The Authorization header; default: the admin's. `null` sends none. */
  authorization?: string | null;
  /** The https listener instead of the http one. */
  https?: boolean;
}

/** The parts of the registry's answers that tests read; each answer has some of them. */
export interface RegistryBody {
  errors: { code: string; message: string; detail?: unknown }[];
  refresh_token: string;
  access_token: string;
  registry: string;
  imageName: string;
  name: string;
  repositories: string[];
  tags: unknown[];
  manifests: { digest: string }[];
}

/** An answer, its body read. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
  json: RegistryBody;
  /** The code and message of the first error in the body. */
  code: string | undefined;
  message: string | undefined;
}

export interface RegistryFixture {
  dir: string;
  /** `http://127.0.0.1:…` */
  httpOrigin: string;
  httpsOrigin: string;
  /** The certificate authority of the https listener, PEM. */
  ca: string;
  /** What the registry logged. */
  lines: string[];
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Stops the registry and starts it on the same folder (and other ports). */
  restart(): Promise<void>;
  /** Stops it and removes the folder. */
  stop(): Promise<void>;
}

/** Starts the source cloud's registry on free ports, in a new folder; by default everyone may do everything there. */
export async function startFixture(may: May = everyoneMay, roleMode?: () => RoleMode): Promise<RegistryFixture> {
  const dir = await mkdtemp(join(tmpdir(), 'registry-'));
  const certificates = await certificatesForAnHour();
  const lines: string[] = [];
  const start = () => startOn(dir, certificates, lines, { may, ...(roleMode ? { roleMode } : {}) });
  const agent = new Agent({ connect: { ca: certificates.ca } });
  let running = await start();
  const fixture: RegistryFixture = {
    dir,
    get httpOrigin() {
      return `http://127.0.0.1:${running.httpPort}`;
    },
    get httpsOrigin() {
      return `https://localhost:${running.httpsPort}`;
    },
    ca: certificates.ca,
    lines,
    call: (method, path, options = {}) =>
      send(agent, method, `${options.https ? fixture.httpsOrigin : fixture.httpOrigin}${path}`, options),
    async restart() {
      await running.stop();
      running = await start();
    },
    async stop() {
      await running.stop();
      await agent.destroy();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return fixture;
}

function startOn(
  dir: string,
  certificates: IssuedCertificates,
  lines: string[],
  access: Pick<RegistryOptions, 'may' | 'roleMode'>,
): Promise<RunningRegistry> {
  return startRegistry({
    loginServer: LOGIN_SERVER,
    cloud: 'source',
    httpsPort: 0,
    httpPort: 0,
    tls: certificates.leaf,
    tokens: TOKENS,
    ...access,
    dir,
    admin: ADMIN,
    log: (line) => lines.push(line),
  });
}

function certificatesForAnHour(): Promise<IssuedCertificates> {
  const hourMs = 3_600_000;
  return issueCertificates({
    leafNames: certificateNames(CLOUD_NAMES),
    selfSignedNames: ['localhost'],
    notBefore: new Date(Date.now() - hourMs),
    notAfter: new Date(Date.now() + hourMs),
  });
}

async function send(agent: Agent, method: string, url: string, options: CallOptions): Promise<Answer> {
  const { authorization = BASIC } = options;
  const answer = await request(url, {
    method,
    dispatcher: agent,
    headers: { ...(authorization === null ? {} : { authorization }), ...options.headers },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  const isJson = /json/.test(String(answer.headers['content-type'])) && bytes.length > 0;
  const json: RegistryBody = JSON.parse(isJson ? bytes.toString() : '{}');
  const error = json.errors?.[0];
  return {
    status: answer.statusCode,
    headers: answer.headers,
    bytes,
    json,
    code: error?.code,
    message: error?.message,
  };
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

export function digestOf(bytes: Buffer | string, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** A descriptor of bytes; `more` replaces or adds. */
export function describeBytes(bytes: Buffer | string, mediaType: string, more: object = {}) {
  return { mediaType, digest: digestOf(bytes), size: Buffer.byteLength(bytes), ...more };
}

/** Pushes bytes as a blob in one request; gives the digest. */
export async function pushBlob(fixture: RegistryFixture, repository: string, bytes: Buffer | string): Promise<string> {
  const digest = digestOf(bytes);
  const answer = await fixture.call('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, {
    body: Buffer.from(bytes),
  });
  expect(answer.status).toBe(201);
  return digest;
}

/** An image manifest over the config `{}` and the given layers, whose blobs it does not push. `more` replaces or adds. */
export function imageManifest(layers: readonly string[], more: object = {}): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: describeBytes('{}', 'application/vnd.oci.image.config.v1+json'),
    layers: layers.map((layer) => describeBytes(layer, 'application/vnd.oci.image.layer.v1.tar')),
    ...more,
  });
}

/** Sends a manifest; by default an OCI image's. */
export function putManifest(
  fixture: RegistryFixture,
  path: string,
  manifest: string | Buffer,
  contentType = OCI_MANIFEST,
): Promise<Answer> {
  return fixture.call('PUT', path, { body: manifest, headers: { 'content-type': contentType } });
}

/** Pushes an image with its blobs under a tag or digest; gives its digest. `more` goes into the manifest. */
export async function pushImage(
  fixture: RegistryFixture,
  repository: string,
  reference: string | undefined,
  layers: readonly string[] = [],
  more: object = {},
): Promise<string> {
  for (const blob of ['{}', ...layers]) await pushBlob(fixture, repository, blob);
  const manifest = imageManifest(layers, more);
  const digest = digestOf(manifest);
  const answer = await putManifest(fixture, `/v2/${repository}/manifests/${reference ?? digest}`, manifest);
  expect(answer.status).toBe(201);
  return digest;
}

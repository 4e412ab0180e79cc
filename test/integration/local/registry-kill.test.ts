import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { request } from 'undici';
import { RegistryStore } from '../../../local/registry/store.ts';
import { issueCertificates } from '../../../local/x509.ts';
import { seededBytes } from '../../support/images.ts';
import { ADMIN, BASIC, digestOf, imageManifest, LOGIN_SERVER } from '../../unit/local/registry/registry-fixture.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const BLOB_BYTES = 3_000_000;

/** Runs in a process of its own: starts a registry with the options in the environment and says its port. */
const PROGRAM = `
  import { generateKeyPairSync } from 'node:crypto';
  const { startRegistry } = await import(process.env.REGISTRY_SERVER);
  const { TokenAuthority } = await import(process.env.REGISTRY_TOKENS);
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const options = JSON.parse(process.env.REGISTRY_OPTIONS);
  console.log((await startRegistry({ ...options, tokens: new TokenAuthority(key) })).httpPort);
`;

let dir: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'registry-kill-'));
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

async function startProcess(): Promise<string> {
  const notBefore = new Date(Date.now() - 3_600_000);
  const notAfter = new Date(Date.now() + 3_600_000);
  const { leaf } = await issueCertificates({
    leafNames: ['localhost'],
    selfSignedNames: ['localhost'],
    notBefore,
    notAfter,
  });
  const options = {
    loginServer: LOGIN_SERVER,
    cloud: 'source',
    httpsPort: 0,
    httpPort: 0,
    tls: leaf,
    dir,
    admin: ADMIN,
  };
  child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', PROGRAM], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      REGISTRY_SERVER: pathToFileURL(join(ROOT, 'local', 'registry', 'server.ts')).href,
      REGISTRY_TOKENS: pathToFileURL(join(ROOT, 'local', 'tokens.ts')).href,
      REGISTRY_OPTIONS: JSON.stringify(options),
    },
  });
  if (!child.stdout) throw new Error('the process has no output to read');
  const [port] = await once(createInterface(child.stdout), 'line');
  return `http://127.0.0.1:${port}`;
}

async function send(
  origin: string,
  method: 'POST' | 'PUT',
  path: string,
  body: Buffer | string,
  type: string,
): Promise<void> {
  const headers = { authorization: BASIC, 'content-type': type };
  const answer = await request(`${origin}${path}`, { method, body, headers });
  await answer.body.dump();
  if (answer.statusCode !== 201) throw new Error(`${method} ${path}: ${answer.statusCode}`);
}

/** Pushes images of one new layer until the connection breaks; counts those that the registry said it has. */
async function pushUntilKilled(origin: string, repository: string, onPushed: () => void): Promise<void> {
  const blobsPath = `/v2/${repository}/blobs/uploads/?digest=`;
  try {
    await send(origin, 'POST', `${blobsPath}${digestOf('{}')}`, '{}', 'application/octet-stream');
    for (let count = 0; ; count++) {
      const layer = seededBytes(count, BLOB_BYTES);
      await send(origin, 'POST', `${blobsPath}${digestOf(layer)}`, layer, 'application/octet-stream');
      const manifest = imageManifest([]).replace('[]', `[${JSON.stringify(layerOf(layer))}]`);
      await send(
        origin,
        'PUT',
        `/v2/${repository}/manifests/v${count}`,
        manifest,
        'application/vnd.oci.image.manifest.v1+json',
      );
      onPushed();
    }
  } catch (error) {
    if (child?.signalCode === null && child.exitCode === null && !child.killed) throw error;
  }
}

function layerOf(bytes: Buffer) {
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf(bytes), size: bytes.length };
}

async function checkRepository(store: RegistryStore, name: string): Promise<number> {
  const links = store.repository(name);
  for (const digest of [...(await links.listBlobs()), ...(await links.listManifests())]) {
    expect(digestOf((await store.content.read(digest)) ?? 'missing')).toBe(digest);
  }
  const tags = await links.listTags();
  for (const tag of tags) {
    const digest = (await links.readTag(tag))?.digest;
    expect(await links.readManifest(digest ?? '')).toBeDefined();
  }
  return tags.length;
}

describe('a registry whose process is killed in the middle of pushes', () => {
  it.each([2, 7])('after %i images has all that it said it has, and nothing broken', async (imagesBeforeKill) => {
    const origin = await startProcess();
    const pushed = { a: 0, b: 0 };
    const count = (repository: 'a' | 'b') => () => {
      pushed[repository] += 1;
      if (pushed.a + pushed.b === imagesBeforeKill) child?.kill('SIGKILL');
    };
    await Promise.all([pushUntilKilled(origin, 'a', count('a')), pushUntilKilled(origin, 'b', count('b'))]);

    const store = await RegistryStore.open(dir);
    for (const repository of ['a', 'b'] as const) {
      expect(await checkRepository(store, repository)).toBeGreaterThanOrEqual(pushed[repository]);
    }
  });
});

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildImage, buildIndex, type TestImage } from '../../support/images.ts';
import {
  ADMIN,
  LOGIN_SERVER,
  type RegistryFixture,
  startFixture,
  TOKENS,
} from '../../unit/local/registry/registry-fixture.ts';
import { describeWithSkopeo } from '../oci/skopeo.ts';

const TOKEN_USER = '00000000-0000-0000-0000-000000000000';
const ADMIN_CREDENTIALS = `${ADMIN.username}:${ADMIN.password}`;
const execute = promisify(execFile);

let registry: RegistryFixture;
let folder: string;

beforeAll(async () => {
  registry = await startFixture();
  folder = await mkdtemp(join(tmpdir(), 'registry-skopeo-'));
});

afterAll(async () => {
  await registry?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function skopeo(...parameters: string[]): Promise<string> {
  return (await execute('skopeo', ['--insecure-policy', ...parameters])).stdout;
}

async function writeBlobs(layout: string, image: TestImage): Promise<void> {
  for (const child of image.children) await writeBlobs(layout, child);
  for (const [digest, bytes] of [...image.blobs, [image.descriptor.digest, image.bytes] as const]) {
    await writeFile(join(layout, 'blobs', ...digest.split(':')), bytes);
  }
}

/** Writes an OCI layout with one artifact, named `v1`. */
async function writeLayout(name: string, image: TestImage): Promise<string> {
  const layout = join(folder, name);
  await mkdir(join(layout, 'blobs', 'sha256'), { recursive: true });
  await writeBlobs(layout, image);
  const annotations = { 'org.opencontainers.image.ref.name': 'v1' };
  const index = { schemaVersion: 2, manifests: [{ ...image.descriptor, annotations }] };
  await writeFile(join(layout, 'index.json'), JSON.stringify(index));
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return layout;
}

/** All blobs of a layout, by the hexadecimal part of their digest. */
async function readLayout(layout: string): Promise<Record<string, Buffer>> {
  const blobs = join(layout, 'blobs', 'sha256');
  const entries = (await readdir(blobs)).map(async (name) => [name, await readFile(join(blobs, name))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function exchangedToken(): Promise<string> {
  const entra = TOKENS.mint({ aud: 'https://management.source.test', oid: 'caller' });
  const form = { grant_type: 'access_token', service: LOGIN_SERVER, access_token: entra };
  const answer = await registry.call('POST', '/oauth2/exchange', {
    body: new URLSearchParams(form).toString(),
    authorization: null,
  });
  return answer.json.refresh_token;
}

describeWithSkopeo('the local registry, by skopeo', () => {
  const images = [1, 2].map((seed) => buildImage({ seed, layerSizes: [100_000, 300_000], hasRealLayers: true }));
  const index = buildIndex(images, [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
  ]);

  it('takes an index from an OCI layout and gives the same bytes back, as admin by the http port', async () => {
    const layout = await writeLayout('sent', index);
    const remote = `docker://${registry.httpOrigin.slice('http://'.length)}/team/app:v1`;
    const flags = ['copy', '--quiet', '--all', '--preserve-digests'];
    await skopeo(...flags, '--dest-tls-verify=false', '--dest-creds', ADMIN_CREDENTIALS, `oci:${layout}:v1`, remote);
    const received = join(folder, 'received');
    await skopeo(...flags, '--src-tls-verify=false', '--src-creds', ADMIN_CREDENTIALS, remote, `oci:${received}:v1`);

    expect(await readLayout(received)).toEqual(await readLayout(layout));
    expect(registry.lines).toEqual([]);
  });

  it('copies between repositories, lists tags and deletes', async () => {
    const layout = await writeLayout('one', images[0] ?? index);
    const host = registry.httpOrigin.slice('http://'.length);
    const noTls = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    const creds = ['--src-creds', ADMIN_CREDENTIALS, '--dest-creds', ADMIN_CREDENTIALS];
    await skopeo(
      'copy',
      '-q',
      '--dest-tls-verify=false',
      '--dest-creds',
      ADMIN_CREDENTIALS,
      `oci:${layout}:v1`,
      `docker://${host}/a/b:v1`,
    );
    await skopeo('copy', '-q', ...noTls, ...creds, `docker://${host}/a/b:v1`, `docker://${host}/c:copy`);
    const single = ['--tls-verify=false', '--creds', ADMIN_CREDENTIALS];
    const listed = JSON.parse(await skopeo('list-tags', ...single, `docker://${host}/c`));
    await skopeo('delete', ...single, `docker://${host}/c:copy`);

    expect(listed.Tags).toEqual(['copy']);
    expect((await registry.call('GET', '/v2/c/tags/list')).code).toBe('NAME_UNKNOWN');
  });

  it('lets in who has a refresh token, by the https port, whose certificate is verified', async () => {
    const certificates = join(folder, 'certificates');
    await mkdir(certificates);
    await writeFile(join(certificates, 'ca.crt'), registry.ca);
    const layout = await writeLayout('token', images[1] ?? index);
    const remote = `docker://${registry.httpsOrigin.slice('https://'.length)}/by-token:v1`;
    const password = await exchangedToken();
    const flags = ['--dest-cert-dir', certificates, '--dest-creds', `${TOKEN_USER}:${password}`];
    await skopeo('copy', '-q', '--preserve-digests', ...flags, `oci:${layout}:v1`, remote);

    const answer = await registry.call('HEAD', '/v2/by-token/manifests/v1');
    expect(answer.headers['docker-content-digest']).toBe(images[1]?.descriptor.digest);
  });

  it('turns away a wrong password', async () => {
    const remote = `docker://${registry.httpOrigin.slice('http://'.length)}/team/app:v1`;
    const attempt = skopeo('inspect', '--tls-verify=false', '--creds', 'admin:wrong', remote);
    await expect(attempt).rejects.toThrow(/unauthorized|authentication required|invalid username\/password/i);
  });
});

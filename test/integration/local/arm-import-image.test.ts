import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerRegistryManagementClient } from '@azure/arm-containerregistry';
import { ManagedIdentityCredential } from '@azure/identity';
import { request as send } from 'undici';
import { APP_IDENTITY, cloudObject, registryIdOf, resourcesOf } from '../../../local/names.ts';
import { startRegistry } from '../../../local/registry/server.ts';
import type { Descriptor } from '../../../src/oci/descriptor.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { RegistryClient } from '../../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../../src/oci/token-source.ts';
import { buildImage, buildIndex, pushImage, type TestImage } from '../../support/images.ts';
import { ArmWorld } from './arm-world.ts';

const { registryId, registryName, resourceGroup, subscriptionId } = resourcesOf('source');
const { armEndpoint } = cloudObject('source');
const LOGIN_SERVER = 'teamregistry.azurecr.source.test';
const TEAM = registryIdOf(LOGIN_SERVER);
const ADMIN = { username: 'team', password: 'team-password' };
const FOREIGN = {
  mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  digest: digestOf(Buffer.from('elsewhere')),
  size: 9,
  urls: ['https://elsewhere.test/layer'],
};
const hello = buildIndex(
  [
    buildImage({ seed: 1, layerSizes: [300_000, 20] }),
    buildImage({ seed: 2, layerSizes: [70_000], architecture: 'arm64' }),
  ],
  [
    { architecture: 'amd64', os: 'linux' },
    { architecture: 'arm64', os: 'linux' },
  ],
);

let world: ArmWorld;
let team: RegistryClient;
let into: RegistryClient;

/** The cloud has a second registry, from which its first one imports. */
beforeAll(async () => {
  world = await ArmWorld.start();
  const { certificates, tokens, dir } = world.base;
  const ports = { httpsPort: 0, httpPort: 0, tls: certificates.tls };
  const settings = {
    loginServer: LOGIN_SERVER,
    cloud: 'source' as const,
    tokens,
    dir: join(dir, 'team'),
    admin: ADMIN,
  };
  const server = await startRegistry({ ...ports, ...settings });
  world.base.stopLater(server);
  const endpoint = `http://127.0.0.1:${server.httpPort}`;
  const login = { adminUsername: ADMIN.username, adminPassword: ADMIN.password };
  const registry = {
    id: TEAM,
    cloud: 'source' as const,
    loginServer: LOGIN_SERVER,
    location: 'local',
    endpoint,
    ...login,
  };
  await world.startArm({ registries: [...world.armOptions().registries, registry] });
  team = new RegistryClient({ endpoint, tokens: passwordTokenSource(ADMIN.username, ADMIN.password) });
  into = world.source.registry;
  await pushImage(team, 'samples/hello', 'v1', hello);
  await pushImage(team, 'samples/hello', 'v2', buildImage({ seed: 3, layerSizes: [500] }));
  await pushImage(team, 'samples/windows', 'v1', buildImage({ seed: 4, layerSizes: [500], statedLayers: [FOREIGN] }));
});
afterAll(() => world?.stop());

/** What `az acr import` sends: a POST, then GET of its `Location` until that is no longer 202. */
async function importImage(body: object): Promise<{ status: number; error?: { code: string; message: string } }> {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    commandname: 'acr import',
    authorization: `Bearer ${world.armToken('source')}`,
  };
  const url = `${armEndpoint}${registryId}/importImage?api-version=2025-04-01`;
  let answer = await send(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const { location } = answer.headers;
  while (answer.statusCode === 202) {
    await answer.body.dump();
    await sleep(20);
    answer = await send(String(location), { headers });
  }
  const { error } = (await answer.body.json()) as { error?: { code: string; message: string } };
  return { status: answer.statusCode, ...(error ? { error } : {}) };
}

async function bytesOf(client: RegistryClient, repository: string, blob: Pick<Descriptor, 'digest' | 'size'>) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of client.readBlob(repository, blob)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Every manifest and blob of an image is in the repository, byte for byte. */
async function expectComplete(repository: string, image: TestImage): Promise<void> {
  for (const child of image.children) await expectComplete(repository, child);
  expect((await into.fetchManifest(repository, image.descriptor.digest)).bytes).toEqual(image.bytes);
  for (const [digest, bytes] of image.blobs) {
    expect((await bytesOf(into, repository, { digest, size: bytes.length })).equals(bytes)).toBe(true);
  }
}

const byId = (sourceImage: string) => ({ resourceId: TEAM, sourceImage });

describe('az acr import', () => {
  it('copies an index with all below it, by its digest', async () => {
    const source = byId('samples/hello:v1');
    const answer = await importImage({ source, targetTags: ['samples/hello:v1', 'prod/hello'], mode: 'NoForce' });
    expect(answer).toEqual({ status: 200 });
    for (const repository of ['samples/hello', 'prod/hello']) {
      expect((await into.resolve(repository, 'v1'))?.digest).toBe(hello.descriptor.digest);
      await expectComplete(repository, hello);
    }
  });

  it('moves no tag, and copies nothing, unless it is forced', async () => {
    const source = byId('samples/hello:v2');
    const { digest } = await team.fetchManifest('samples/hello', 'v2').then(({ descriptor }) => descriptor);
    const body = { source, targetTags: ['new/hello:v2', 'samples/hello:v1'] };
    const refused = await importImage({ ...body, mode: 'NoForce' });
    expect(refused.error).toEqual({
      code: 'Conflict',
      message: 'Tag samples/hello:v1 already exists in target registry.',
    });
    expect(refused.status).toBe(409);
    expect(await into.resolve('new/hello', 'v2')).toBeUndefined();
    expect((await into.resolve('samples/hello', 'v1'))?.digest).toBe(hello.descriptor.digest);
    expect(await importImage({ ...body, mode: 'Force' })).toEqual({ status: 200 });
    expect((await into.resolve('samples/hello', 'v1'))?.digest).toBe(digest);
  });

  it('copies by digest into a repository without a tag', async () => {
    const source = byId(`samples/hello@${hello.descriptor.digest}`);
    expect(await importImage({ source, untaggedTargetRepositories: ['untagged/hello'] })).toEqual({ status: 200 });
    await expectComplete('untagged/hello', hello);
    const tags: string[] = [];
    for await (const tag of into.listTags('untagged/hello')) tags.push(tag);
    expect(tags).toEqual([]);
  });

  it('copies by login server with the credentials that it is given, and no others', async () => {
    const named = (password: string) => {
      const credentials = { username: ADMIN.username, password };
      const source = { registryUri: LOGIN_SERVER, sourceImage: 'samples/hello:v1', credentials };
      return importImage({ source, targetTags: ['named/hello:v1'] });
    };
    const refused = await named('wrong-password');
    expect([refused.status, refused.error?.code]).toEqual([400, 'ImportImageFailed']);
    expect(refused.error?.message).not.toContain('wrong-password');
    expect(await into.resolve('named/hello', 'v1')).toBeUndefined();
    expect(await named(ADMIN.password)).toEqual({ status: 200 });
    await expectComplete('named/hello', hello);
  });

  it('leaves a foreign layer where it is', async () => {
    const source = byId('samples/windows:v1');
    expect(await importImage({ source, targetTags: ['windows:v1'] })).toEqual({ status: 200 });
    expect((await into.resolve('windows', 'v1'))?.digest).toBe((await team.resolve('samples/windows', 'v1'))?.digest);
  });

  it('copies within a registry, and says what is not there', async () => {
    const within = { resourceId: registryId, sourceImage: 'prod/hello:v1' };
    expect(await importImage({ source: within, targetTags: ['within/hello:v1'] })).toEqual({ status: 200 });
    await expectComplete('within/hello', hello);
    const absent = await importImage({ source: byId('samples/absent:v9'), targetTags: ['absent:v9'] });
    expect([absent.status, absent.error?.code]).toEqual([400, 'ImportImageFailed']);
    expect(absent.error?.message).toContain('samples/absent:v9');
  });

  it('is what the SDK waits for, and learns the failure of', async () => {
    const credential = new ManagedIdentityCredential({ clientId: APP_IDENTITY.clientId });
    const sdk = new ContainerRegistryManagementClient(credential, subscriptionId, { endpoint: armEndpoint });
    const body = { source: byId('samples/hello:v1'), targetTags: ['sdk/hello:v1'] };
    const options = { updateIntervalInMs: 20 };
    await sdk.registries.importImage(resourceGroup, registryName, body, options);
    expect((await into.resolve('sdk/hello', 'v1'))?.digest).toBe(hello.descriptor.digest);
    const again = sdk.registries.importImage(resourceGroup, registryName, body, options);
    await expect(again).rejects.toThrow('already exists in target registry');
  });
});

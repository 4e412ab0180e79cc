import { RegistryClient } from '../../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../../src/oci/token-source.ts';
import { buildArtifact, buildImage, pushImage } from '../../support/images.ts';
import { collect } from '../../support/streams.ts';
import { ADMIN, type RegistryFixture, startFixture } from '../../unit/local/registry/registry-fixture.ts';

let registry: RegistryFixture;
let client: RegistryClient;

beforeAll(async () => {
  registry = await startFixture();
  const tokens = passwordTokenSource(ADMIN.username, ADMIN.password);
  client = new RegistryClient({ endpoint: registry.httpOrigin, tokens });
});

afterAll(async () => {
  await registry?.stop();
});

describe("the local registry, by the app's own client", () => {
  const image = buildImage({ seed: 3, layerSizes: [200_000, 1] });

  it('takes an image and gives it back', async () => {
    const pushed = await pushImage(client, 'team/app', 'v1', image);

    expect(pushed).toEqual(image.descriptor);
    expect(await client.resolve('team/app', 'v1')).toEqual(image.descriptor);
    expect((await client.fetchManifest('team/app', 'v1')).bytes).toEqual(image.bytes);
    for (const [digest, bytes] of image.blobs) {
      expect(await collect(client.readBlob('team/app', { digest, size: bytes.length }))).toEqual(bytes);
    }
  });

  it('mounts between repositories and lists both, page by page', async () => {
    await pushImage(client, 'team/app', 'v2', image);
    for (const digest of image.blobs.keys()) expect(await client.mountBlob('other', digest, 'team/app')).toBe(true);
    await client.putManifest('other', 'v1', image.descriptor.mediaType, image.bytes);

    expect(await collectItems(client.listTags('team/app'))).toEqual(expect.arrayContaining(['v1', 'v2']));
    expect(await collectItems(client.listRepositories())).toEqual(expect.arrayContaining(['other', 'team/app']));
  });

  it('takes an artifact that refers to an image', async () => {
    const blobs = [{ mediaType: 'text/plain', bytes: Buffer.from('signed') }];
    const signature = buildArtifact({ artifactType: 'application/vnd.example.sig', blobs, subject: image.descriptor });
    await pushImage(client, 'team/app', undefined, signature);

    const { json } = await registry.call('GET', `/v2/team/app/referrers/${image.descriptor.digest}`);
    expect(json.manifests.map(({ digest }) => digest)).toEqual([signature.descriptor.digest]);
  });

  it('does not know what was never pushed', async () => {
    expect(await client.resolve('team/app', 'missing')).toBeUndefined();
    expect(await client.resolve('nowhere', 'v1')).toBeUndefined();
  });
});

async function collectItems(items: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

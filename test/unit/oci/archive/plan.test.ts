import { planArchive } from '../../../../src/oci/archive/plan.ts';
import { digestOf } from '../../../../src/oci/digest.ts';
import { buildImage, buildIndex, describeBytes, seededBytes, type TestImage } from '../../../support/images.ts';
import { createMemoryStore } from '../../../support/memory-store.ts';

const shared = seededBytes(9, 1000);
const first = buildImage({ seed: 1, layerSizes: [10], sharedLayers: [shared] });
const second = buildImage({ seed: 2, layerSizes: [20], sharedLayers: [shared] });
const blobsOf = (paths: string[]) => paths.map((path) => path.replace('blobs/sha256/', 'sha256:'));

/** An image whose manifest says of a layer what is not so. */
function lyingAbout(layer: Buffer, statedSizeBytes: number): TestImage {
  const image = buildImage({
    seed: 3,
    layerSizes: [],
    statedLayers: [{ ...describeBytes('a/b', layer), size: statedSizeBytes }],
  });
  return image;
}

describe('planArchive', () => {
  it('puts a shared blob there once, and manifests before blobs', async () => {
    const store = createMemoryStore().add('a', 'v1', first).add('b', 'v1', second);
    const plan = await planArchive(store, [
      { repository: 'a', tag: 'v1' },
      { repository: 'b', tag: 'v1' },
    ]);
    const paths = blobsOf(plan.entries.map(({ path }) => path));
    expect(paths.slice(0, 4)).toEqual(['oci-layout', 'index.json', first.descriptor.digest, second.descriptor.digest]);
    expect(paths.slice(4).sort()).toEqual([...new Set([...first.blobs.keys(), ...second.blobs.keys()])].sort());
    expect(store.blobReads).toEqual([]);
  });

  it('takes a shared blob from the first artifact that has it', async () => {
    const store = createMemoryStore().add('a', 'v1', first).add('b', 'v1', second);
    const artifacts = ['b', 'a'].map((repository) => ({ repository, tag: 'v1' }));
    const { entries } = await planArchive(store, artifacts);
    const digest = digestOf(shared);
    expect(entries.map(({ content }) => content)).toContainEqual({ kind: 'blob', repository: 'b', digest });
  });

  it('is the same plan wherever it is made', async () => {
    const artifacts = [{ repository: 'a', digest: first.descriptor.digest, tag: 'v1' }];
    const store = createMemoryStore().add('a', undefined, first);
    const [one, two] = [await planArchive(store, artifacts), await planArchive(store, artifacts)];
    expect(one).toEqual(two);
    expect(one.artifacts).toEqual([{ artifact: artifacts[0], descriptor: first.descriptor }]);
  });

  it('reads by the digest and names by the tag when both are given', async () => {
    const store = createMemoryStore().add('a', 'v1', second).add('a', undefined, first);
    const plan = await planArchive(store, [{ repository: 'a', tag: 'v1', digest: first.descriptor.digest }]);
    expect(plan.artifacts[0]?.descriptor.digest).toBe(first.descriptor.digest);
    const index = plan.entries.find(({ path }) => path === 'index.json')?.content;
    expect(index?.kind === 'bytes' && JSON.parse(Buffer.from(index.bytes).toString()).manifests[0].annotations).toEqual(
      {
        'org.opencontainers.image.ref.name': 'a:v1',
        'io.acr-transfer.repository': 'a',
      },
    );
  });

  it('throws the first artifact that cannot be had', async () => {
    const store = createMemoryStore().add('a', 'v1', first);
    const artifacts = [
      { repository: 'a', tag: 'v1' },
      { repository: 'a', tag: 'none' },
    ];
    await expect(planArchive(store, artifacts)).rejects.toMatchObject({ code: 'MANIFEST_UNKNOWN' });
  });

  it('leaves it out when asked to skip, with everything that only it needs', async () => {
    const broken = buildIndex([second, buildImage({ seed: 8, layerSizes: [5] })]);
    const store = createMemoryStore().add('a', 'v1', first).add('a', undefined, second);
    store.add('a', 'broken', { ...broken, children: [] });
    const artifacts = [
      { repository: 'a', tag: 'broken' },
      { repository: 'a', tag: 'v1' },
      { repository: 'Bad Name', tag: 'v1' },
      { repository: 'a' },
    ];
    const plan = await planArchive(store, artifacts, { onError: 'skip' });
    expect(plan.failures.map(({ artifact, error }) => [artifact, error.code])).toEqual([
      [artifacts[0], 'MANIFEST_UNKNOWN'],
      [artifacts[2], 'NAME_INVALID'],
      [artifacts[3], 'TAG_INVALID'],
    ]);
    const alone = await planArchive(store, [{ repository: 'a', tag: 'v1' }]);
    expect(plan.entries).toEqual(alone.entries);
  });

  it('refuses a foreign layer by name', async () => {
    const layer = {
      ...describeBytes('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', Buffer.from('windows')),
      urls: ['https://layers.example/1?sig=secret'],
    };
    const store = createMemoryStore().add('a', 'win', buildImage({ seed: 5, layerSizes: [1], statedLayers: [layer] }));
    const { failures } = await planArchive(store, [{ repository: 'a', tag: 'win' }], { onError: 'skip' });
    expect(failures[0]?.error).toMatchObject({ class: 'artifact', code: 'FOREIGN_LAYER' });
    expect(failures[0]?.error.message).toMatch(new RegExp(`a:win .*${layer.digest}.*layers\\.example`));
    expect(failures[0]?.error.message).not.toMatch(/secret/);
  });

  it('refuses sizes that contradict each other, within an artifact and between two', async () => {
    const store = createMemoryStore().add('a', 'v1', first).add('a', 'liar', lyingAbout(shared, 999));
    const twice = buildIndex([first, lyingAbout(shared, 999)]);
    store.add('a', 'twice', twice);
    const artifacts = ['liar', 'v1', 'twice'].map((tag) => ({ repository: 'a', tag }));
    const { failures } = await planArchive(store, artifacts, { onError: 'skip' });
    expect(failures.map(({ artifact, error }) => [artifact.tag, error.code])).toEqual([
      ['v1', 'SIZE_MISMATCH'],
      ['twice', 'SIZE_MISMATCH'],
    ]);
  });

  it('refuses a child that is not as large as its index says', async () => {
    const index = buildIndex([{ ...first, descriptor: { ...first.descriptor, size: first.descriptor.size + 1 } }]);
    const store = createMemoryStore()
      .add('a', undefined, first)
      .add('a', 'v1', { ...index, children: [] });
    await expect(planArchive(store, [{ repository: 'a', tag: 'v1' }])).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  });

  it('refuses an index nested without end', async () => {
    let nested = first;
    for (let depth = 0; depth < 10; depth += 1) nested = buildIndex([nested]);
    const store = createMemoryStore().add('a', 'deep', nested);
    await expect(planArchive(store, [{ repository: 'a', tag: 'deep' }])).rejects.toMatchObject({
      code: 'INDEX_TOO_DEEP',
    });
  });

  it('refuses manifests that would fill the memory', async () => {
    const children = Array.from({ length: 17 }, (_, n) => {
      const bytes = Buffer.from(
        JSON.stringify({ schemaVersion: 2, manifests: [], filler: `${n}${'x'.repeat(4_000_000)}` }),
      );
      const descriptor = {
        mediaType: 'application/vnd.oci.image.index.v1+json',
        digest: digestOf(bytes),
        size: bytes.length,
      };
      return { descriptor, bytes, blobs: new Map<string, Buffer>(), children: [] };
    });
    const store = createMemoryStore().add('a', 'big', buildIndex(children));
    await expect(planArchive(store, [{ repository: 'a', tag: 'big' }])).rejects.toMatchObject({
      code: 'MANIFEST_TOO_LARGE',
    });
  });

  it('knows the length of an archive far beyond what fits into memory', async () => {
    const huge = 20 * 2 ** 30;
    const store = createMemoryStore().add('a', 'huge', lyingAbout(shared, huge));
    const plan = await planArchive(store, [{ repository: 'a', tag: 'huge' }]);
    const entry = plan.entries.at(-1);
    expect(entry?.dataOffset).toBe((entry?.offset ?? 0) + 3 * 512);
    expect(plan.lengthBytes).toBe((entry?.dataOffset ?? 0) + huge + 1024);
  });
});

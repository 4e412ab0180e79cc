import { planArchive } from '../../../../src/oci/archive/plan.ts';
import { openArchive } from '../../../../src/oci/archive/read.ts';
import { readArchiveRange } from '../../../../src/oci/archive/write.ts';
import { digestOf } from '../../../../src/oci/digest.ts';
import { buildImage, seededBytes } from '../../../support/images.ts';
import { createMemoryStore } from '../../../support/memory-store.ts';
import { bufferReader, collect } from '../../../support/streams.ts';
import { type TestEntry, tarOf } from '../../../support/tar.ts';

const image = buildImage({ seed: 1, layerSizes: [3000] });
const LAYOUT: TestEntry = { path: 'oci-layout', bytes: Buffer.from('{"imageLayoutVersion":"1.0.0"}') };
const blobEntry = (bytes: Buffer): TestEntry => ({ path: `blobs/sha256/${digestOf(bytes).slice(7)}`, bytes });
const MANIFEST = blobEntry(image.bytes);
const indexOf = (...manifests: object[]): TestEntry => ({
  path: 'index.json',
  bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, manifests })),
});
const named = (refName: string, descriptor: object = image.descriptor) => ({
  ...descriptor,
  annotations: { 'org.opencontainers.image.ref.name': refName },
});
const open = (...entries: TestEntry[]) => openArchive(bufferReader(tarOf(...entries)));

describe('openArchive', () => {
  const write = async () => {
    const store = createMemoryStore().add('team/app', 'v1', image);
    const plan = await planArchive(store, [
      { repository: 'team/app', tag: 'v1' },
      { repository: 'team/app', digest: image.descriptor.digest },
    ]);
    return { plan, bytes: await collect(readArchiveRange(plan, store)) };
  };

  it('finds what was planned, names and places', async () => {
    const { plan, bytes } = await write();
    const archive = await openArchive(bufferReader(bytes));
    expect(archive.artifacts.map(({ repository, tag, descriptor }) => [repository, tag, descriptor.digest])).toEqual([
      ['team/app', 'v1', image.descriptor.digest],
      ['team/app', undefined, image.descriptor.digest],
    ]);
    const planned = plan.entries.slice(2).map(({ dataOffset, sizeBytes }) => ({ offset: dataOffset, sizeBytes }));
    expect([...archive.blobs.values()]).toEqual(planned);
    for (const [digest, blob] of image.blobs) expect((await collect(archive.readBlob(digest))).equals(blob)).toBe(true);
  });

  it('tells every archive that was cut short', async () => {
    const { bytes } = await write();
    for (let end = 0; end < bytes.length - 512; end += 397) {
      await expect(openArchive(bufferReader(bytes.subarray(0, end)))).rejects.toMatchObject({
        code: 'ARCHIVE_TRUNCATED',
      });
    }
  });

  it('reads a changed blob to DIGEST_MISMATCH, without its last bytes', async () => {
    const { bytes } = await write();
    const layer = [...image.blobs.keys()].at(-1) ?? '';
    const place = (await openArchive(bufferReader(bytes))).blobs.get(layer);
    bytes[(place?.offset ?? 0) + 5] = (bytes[(place?.offset ?? 0) + 5] ?? 0) ^ 1;
    const archive = await openArchive(bufferReader(bytes, 1000));
    let receivedBytes = 0;
    const read = async () => {
      for await (const chunk of archive.readBlob(layer)) receivedBytes += chunk.length;
    };
    await expect(read()).rejects.toMatchObject({ class: 'artifact', code: 'DIGEST_MISMATCH' });
    expect(receivedBytes).toBeLessThan(3000);
  });

  it('takes entries in any order, and files that it does not know', async () => {
    const archive = await open(
      MANIFEST,
      { path: 'manifest.json', bytes: Buffer.from('[]') },
      indexOf(named('a:v1')),
      LAYOUT,
    );
    expect(archive.artifacts).toEqual([
      { repository: 'a', tag: 'v1', descriptor: expect.objectContaining(image.descriptor) },
    ]);
  });

  it('names by the default repository what another tool named by a tag', async () => {
    const reader = bufferReader(tarOf(LAYOUT, indexOf(named('v1')), MANIFEST));
    const { artifacts } = await openArchive(reader, { defaultRepository: 'team/app' });
    expect(artifacts[0]).toMatchObject({ repository: 'team/app', tag: 'v1' });
    await expect(openArchive(reader)).rejects.toMatchObject({ code: 'ARCHIVE_NAME_INVALID' });
  });

  it('counts the same entry twice as one', async () => {
    expect((await open(LAYOUT, indexOf(named('a:v1'), named('a:v1')), MANIFEST)).artifacts).toHaveLength(1);
  });

  const other = seededBytes(1, 10);
  const otherEntry = { mediaType: image.descriptor.mediaType, digest: digestOf(other), size: other.length };
  it.each<[string, TestEntry[], string]>([
    ['no oci-layout', [indexOf(), MANIFEST], 'ARCHIVE_INVALID'],
    ['no index.json', [LAYOUT, MANIFEST], 'ARCHIVE_INVALID'],
    [
      'a layout of version 2',
      [{ ...LAYOUT, bytes: Buffer.from('{"imageLayoutVersion":"2.0.0"}') }, indexOf()],
      'ARCHIVE_INVALID',
    ],
    ['an index that is no JSON', [LAYOUT, { path: 'index.json', bytes: Buffer.from('{') }], 'ARCHIVE_INVALID'],
    [
      'an index with a digest that is a path',
      [LAYOUT, indexOf(named('a:v1', { ...image.descriptor, digest: 'sha256:../x' }))],
      'ARCHIVE_INVALID',
    ],
    ['an artifact whose manifest is not there', [LAYOUT, indexOf(named('a:v1'))], 'BLOB_UNKNOWN'],
    [
      'an artifact of another size',
      [LAYOUT, indexOf(named('a:v1', { ...image.descriptor, size: 1 })), MANIFEST],
      'SIZE_MISMATCH',
    ],
    [
      'one name for two artifacts',
      [LAYOUT, indexOf(named('a:v1'), named('a:v1', otherEntry)), MANIFEST, blobEntry(other)],
      'ARCHIVE_INVALID',
    ],
    [
      'an index beyond all measure',
      [LAYOUT, { path: 'index.json', bytes: Buffer.alloc(4 * 1024 * 1024 + 1) }],
      'ARCHIVE_INVALID',
    ],
  ])('refuses an archive with %s', async (_, entries, code) => {
    await expect(open(...entries)).rejects.toMatchObject({ class: 'artifact', code });
  });

  it('does not have a blob that it was not given', async () => {
    const archive = await open(LAYOUT, indexOf());
    expect(archive.artifacts).toEqual([]);
    await expect(collect(archive.readBlob(image.descriptor.digest))).rejects.toMatchObject({ code: 'BLOB_UNKNOWN' });
  });
});

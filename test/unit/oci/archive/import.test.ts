import { type ImportOptions, importArchive } from '../../../../src/oci/archive/import.ts';
import { planArchive } from '../../../../src/oci/archive/plan.ts';
import { openArchive } from '../../../../src/oci/archive/read.ts';
import { readArchiveRange } from '../../../../src/oci/archive/write.ts';
import { digestOf } from '../../../../src/oci/digest.ts';
import {
  buildImage,
  buildIndex,
  describeBytes,
  pushImage,
  seededBytes,
  type TestImage,
} from '../../../support/images.ts';
import { type MemoryRegistry, startMemoryRegistry } from '../../../support/memory-registry.ts';
import { createMemoryStore } from '../../../support/memory-store.ts';
import { bufferReader, collect } from '../../../support/streams.ts';
import { type TestEntry, tarOf } from '../../../support/tar.ts';
import { clientOf } from '../registry/support.ts';

const shared = seededBytes(9, 50_000);
const first = buildImage({ seed: 1, layerSizes: [1000], sharedLayers: [shared] });
const second = buildImage({ seed: 2, layerSizes: [2000], sharedLayers: [shared] });
const index = buildIndex([first, second]);

async function archiveBytes(
  artifacts: [repository: string, tag: string | undefined, image: TestImage][],
): Promise<Buffer> {
  const store = createMemoryStore();
  for (const [repository, tag, image] of artifacts) store.add(repository, tag, image);
  const named = artifacts.map(([repository, tag, { descriptor }]) => ({
    repository,
    digest: descriptor.digest,
    ...(tag ? { tag } : {}),
  }));
  const plan = await planArchive(store, named);
  return collect(readArchiveRange(plan, store));
}

const archiveOf = async (...artifacts: Parameters<typeof archiveBytes>[0]) =>
  openArchive(bufferReader(await archiveBytes(artifacts)));

describe('importArchive', () => {
  let target: MemoryRegistry;
  const run = (archive: Awaited<ReturnType<typeof openArchive>>, options: Partial<ImportOptions> = {}) =>
    importArchive(archive, clientOf(target), { overwriteTags: false, continueOnErrors: false, ...options });
  const codesOf = ({ failures }: Awaited<ReturnType<typeof run>>) =>
    failures.map(({ reference, error }) => [reference, error.class, error.code]);
  const methods = () => target.requests.map(({ method }) => method);

  beforeEach(async () => {
    target = await startMemoryRegistry();
  });
  afterEach(() => target.close());

  it('writes the tag after everything below it', async () => {
    await run(await archiveOf(['a', 'v1', index]));
    const puts = target.requests.filter(({ method }) => method === 'PUT').map(({ url }) => url);
    expect(puts.at(-1)).toBe('/v2/a/manifests/v1');
    const firstManifest = puts.findIndex((url) => url.includes('/manifests/'));
    expect(puts.slice(firstManifest).every((url) => url.includes('/manifests/'))).toBe(true);
    expect(puts.slice(firstManifest)).toHaveLength(3);
  });

  it('sends nothing a second time: one HEAD for each artifact', async () => {
    const archive = await archiveOf(['a', 'v1', index], ['a', undefined, first]);
    const before = await run(archive);
    target.requests.length = 0;
    expect(await run(archive)).toEqual(before);
    expect(methods()).toEqual(['HEAD', 'HEAD']);
  });

  it('sends a blob once and mounts it into the other repositories', async () => {
    await run(await archiveOf(['a', 'v1', first], ['b', 'v1', second], ['c', 'v1', second]));
    const uploads = target.requests.filter(({ method, url }) => method === 'PUT' && url.includes('/blobs/'));
    expect(uploads).toHaveLength(new Set([...first.blobs.keys(), ...second.blobs.keys()]).size);
    for (const repository of ['a', 'b', 'c']) expect(target.blobs.has(`${repository}@${digestOf(shared)}`)).toBe(true);
  });

  it('asks for a blob once, however many artifacts of a repository share it', async () => {
    await run(await archiveOf(['a', 'v1', first], ['a', 'v2', second], ['a', 'v3', index]));
    const asked = target.requests.filter(({ method, url }) => method === 'HEAD' && url.endsWith(digestOf(shared)));
    expect(asked).toHaveLength(1);
  });

  it('uploads where the registry will not mount', async () => {
    target.fault = ({ url }) => (url.includes('mount=') ? { status: 403 } : undefined);
    const result = await run(await archiveOf(['a', 'v1', first], ['b', 'v1', second]));
    expect(result.failures).toEqual([]);
    expect(target.blobs.has(`b@${digestOf(shared)}`)).toBe(true);
  });

  it('does not move a tag unless told to, and does not mind one that is right', async () => {
    await pushImage(clientOf(target), 'a', 'v1', second);
    const archive = await archiveOf(['a', 'v1', first]);
    const refused = await run(archive);
    expect(codesOf(refused)).toEqual([['a:v1', 'conflict', 'TAG_EXISTS']]);
    expect(target.manifests.get('a:v1')?.bytes.equals(second.bytes)).toBe(true);
    expect(refused.failures[0]?.error.message).toContain(second.descriptor.digest);
    expect((await run(archive, { overwriteTags: true })).failures).toEqual([]);
    expect(target.manifests.get('a:v1')?.bytes.equals(first.bytes)).toBe(true);
  });

  it('moves no byte when a failure can be seen beforehand, unless it is to continue', async () => {
    await pushImage(clientOf(target), 'a', 'v1', second);
    const archive = await archiveOf(['a', 'v1', first], ['b', 'v1', first]);
    target.requests.length = 0;
    expect((await run(archive)).imported).toEqual([]);
    expect(new Set(methods())).toEqual(new Set(['HEAD']));
    const result = await run(archive, { continueOnErrors: true });
    expect(codesOf(result)).toEqual([['a:v1', 'conflict', 'TAG_EXISTS']]);
    expect(result.imported).toEqual([{ reference: 'b:v1', digest: first.descriptor.digest }]);
  });

  it('leaves an artifact with a changed blob untagged, and keeps the others', async () => {
    const bytes = await archiveBytes([
      ['a', 'v1', first],
      ['b', 'v1', second],
    ]);
    const layer = [...first.blobs.keys()].at(-1) ?? '';
    const place = (await openArchive(bufferReader(bytes))).blobs.get(layer);
    bytes.fill(0, (place?.offset ?? 0) + 10, (place?.offset ?? 0) + 20);
    const result = await run(await openArchive(bufferReader(bytes)), { continueOnErrors: true });
    expect(codesOf(result)).toEqual([['a:v1', 'artifact', 'DIGEST_MISMATCH']]);
    expect([...target.manifests.keys()]).toEqual(['b:v1', `b@${second.descriptor.digest}`]);
    expect(target.uploads.size).toBe(0);
    expect(target.blobs.has(`a@${layer}`)).toBe(false);
  });

  it('starts no further artifact after a failure that came in the middle', async () => {
    const images = Array.from({ length: 8 }, (_, n) => buildImage({ seed: 20 + n, layerSizes: [100] }));
    const archive = await archiveOf(...images.map((image, n): [string, string, TestImage] => [`r${n}`, 'v1', image]));
    target.fault = ({ method, url }) => (method === 'PUT' && url.includes('/manifests/') ? { status: 403 } : undefined);
    const result = await run(archive);
    expect(result.imported).toEqual([]);
    expect(result.failures.length).toBeLessThan(8);
    expect(codesOf(result)[0]).toEqual([expect.stringMatching(/^r\d:v1$/), 'access', 'HTTP_403']);
    expect((await run(archive, { continueOnErrors: true })).failures).toHaveLength(8);
  });

  it('counts progress up to the whole, never backwards, whatever is sent again or there already', async () => {
    await pushImage(clientOf(target), 'a', 'other', second);
    let isFirst = true;
    target.fault = ({ method, url }) => {
      const fails = isFirst && method === 'PUT' && url.includes('/blobs/');
      isFirst &&= !fails;
      return fails ? { cutAfterBytes: 0 } : undefined;
    };
    const seen: [number, number][] = [];
    await run(await archiveOf(['a', 'v1', index]), { onProgress: (done, total) => seen.push([done, total]) });
    const blobs = new Map([...first.blobs, ...second.blobs]);
    const totalBytes = [...blobs.values()].reduce((sum, { length }) => sum + length, 0);
    expect(seen.at(-1)).toEqual([totalBytes, totalBytes]);
    expect(seen.every(([done], position) => done >= (seen[position - 1]?.[0] ?? 0))).toBe(true);
  });

  it('ends with the reason of its signal and tags nothing more', async () => {
    const controller = new AbortController();
    const archive = await archiveOf(['a', 'v1', first]);
    const onProgress = () => controller.abort(new Error('canceled'));
    await expect(run(archive, { signal: controller.signal, continueOnErrors: true, onProgress })).rejects.toThrow(
      'canceled',
    );
    expect(target.manifests.size).toBe(0);
    expect(target.uploads.size).toBe(0);
  });

  describe('of archives that another tool wrote', () => {
    const blobEntry = (bytes: Buffer): TestEntry => ({ path: `blobs/sha256/${digestOf(bytes).slice(7)}`, bytes });
    const foreignArchive = (image: TestImage, ...blobs: Buffer[]) => {
      const entry = { ...image.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'a:v1' } };
      return openArchive(
        bufferReader(
          tarOf(
            ...[image.bytes, ...blobs].map(blobEntry),
            { path: 'index.json', bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [entry] })) },
            { path: 'oci-layout', bytes: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
          ),
        ),
      );
    };
    const layerBytes = Buffer.from('a layer from elsewhere');
    const layer = describeBytes('application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', layerBytes);
    const windows = buildImage({ seed: 7, layerSizes: [5], statedLayers: [layer] });

    it('names the foreign layer that an archive does not hold', async () => {
      const result = await run(await foreignArchive(windows, ...windows.blobs.values()));
      expect(codesOf(result)).toEqual([['a:v1', 'artifact', 'FOREIGN_LAYER']]);
      expect(result.failures[0]?.error.message).toContain(layer.digest);
    });

    it('imports the foreign layer that it does hold', async () => {
      const result = await run(await foreignArchive(windows, ...windows.blobs.values(), layerBytes));
      expect(result.failures).toEqual([]);
      expect(target.blobs.has(`a@${layer.digest}`)).toBe(true);
    });

    it('names a blob that is missing', async () => {
      const [config, ...rest] = first.blobs.values();
      const result = await run(await foreignArchive(first, ...rest));
      expect(codesOf(result)).toEqual([['a:v1', 'artifact', 'BLOB_UNKNOWN']]);
      expect(result.failures[0]?.error.message).toContain(digestOf(config ?? Buffer.alloc(0)));
      expect(methods()).toEqual(['HEAD']);
    });

    it('refuses a blob of another size than its manifest says', async () => {
      const image = buildImage({
        seed: 6,
        layerSizes: [],
        statedLayers: [{ ...describeBytes('a/b', shared), size: 1 }],
      });
      const result = await run(await foreignArchive(image, ...image.blobs.values(), shared));
      expect(codesOf(result)).toEqual([['a:v1', 'artifact', 'SIZE_MISMATCH']]);
    });
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileReader } from '../../../src/oci/archive/file-reader.ts';
import { importArchive } from '../../../src/oci/archive/import.ts';
import { planArchive } from '../../../src/oci/archive/plan.ts';
import { openArchive } from '../../../src/oci/archive/read.ts';
import { readArchiveRange } from '../../../src/oci/archive/write.ts';
import { RegistryClient } from '../../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../../src/oci/token-source.ts';
import { buildArtifact, buildImage, buildIndex, pushImage, seededBytes, tarGzipLayer } from '../../support/images.ts';
import { CREDENTIALS, type MemoryRegistry, startMemoryRegistry } from '../../support/memory-registry.ts';
import { describeWithSkopeo, skopeoCopy, skopeoInspectRaw } from './skopeo.ts';

const shared = tarGzipLayer(7, 40_000);
const amd = buildImage({ seed: 1, layerSizes: [3000], sharedLayers: [shared], hasRealLayers: true });
const arm = buildImage({
  seed: 2,
  layerSizes: [5000],
  sharedLayers: [shared],
  hasRealLayers: true,
  architecture: 'arm64',
});
const index = buildIndex(
  [amd, arm],
  ['amd64', 'arm64'].map((architecture) => ({ architecture, os: 'linux' })),
);
const chart = buildArtifact({
  artifactType: 'application/vnd.cncf.helm.chart.v1',
  blobs: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes: seededBytes(3, 900) }],
});

describeWithSkopeo('interchange with skopeo', () => {
  let directory: string;
  let source: MemoryRegistry;
  let target: MemoryRegistry;

  const clientOf = ({ endpoint }: MemoryRegistry) =>
    new RegistryClient({ endpoint, tokens: passwordTokenSource(CREDENTIALS.username, CREDENTIALS.password) });
  const nameAt = ({ endpoint }: MemoryRegistry, name: string) => `docker://${new URL(endpoint).host}/${name}`;
  const options = { overwriteTags: false, continueOnErrors: false };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'interchange-'));
    source = await startMemoryRegistry({ auth: 'bearer' });
    target = await startMemoryRegistry({ auth: 'bearer' });
    await pushImage(clientOf(source), 'team/app', 'v1', index);
    await pushImage(clientOf(source), 'team/app', 'amd', amd);
    await pushImage(clientOf(source), 'charts/web', '1.0', chart);
  });
  afterEach(async () => {
    await source.close();
    await target.close();
    await rm(directory, { recursive: true });
  });

  it('writes archives that skopeo reads, artifact by artifact', async () => {
    const artifacts = [
      { repository: 'team/app', tag: 'v1' },
      { repository: 'team/app', tag: 'amd' },
      { repository: 'charts/web', tag: '1.0' },
    ];
    const file = join(directory, 'ours.tar');
    const plan = await planArchive(clientOf(source), artifacts);
    await writeFile(file, readArchiveRange(plan, clientOf(source)));

    expect(await skopeoInspectRaw(`oci-archive:${file}:charts/web:1.0`)).toBe(chart.bytes.toString());
    await skopeoCopy(`oci-archive:${file}:team/app:v1`, nameAt(target, 'team/app:v1'));
    await skopeoCopy(`oci-archive:${file}:team/app:amd`, nameAt(target, 'team/app:amd'));
    for (const name of ['team/app:v1', 'team/app:amd', `team/app@${arm.descriptor.digest}`]) {
      expect(target.manifests.get(name)?.bytes.equals(source.manifests.get(name)?.bytes ?? Buffer.alloc(0))).toBe(true);
    }
    for (const [key, bytes] of target.blobs) expect(source.blobs.get(key)?.equals(bytes)).toBe(true);
  });

  it('writes a single untagged artifact that skopeo reads without a name', async () => {
    const file = join(directory, 'untagged.tar');
    const plan = await planArchive(clientOf(source), [{ repository: 'team/app', digest: amd.descriptor.digest }]);
    await writeFile(file, readArchiveRange(plan, clientOf(source)));
    expect(await skopeoInspectRaw(`oci-archive:${file}`)).toBe(amd.bytes.toString());
  });

  it.each([
    ['an index', 'team/app:v1', index],
    ['an image', 'team/app:amd', amd],
    ['a chart', 'charts/web:1.0', chart],
  ])('imports %s that skopeo wrote', async (_, name, image) => {
    const file = join(directory, 'theirs.tar');
    await skopeoCopy(nameAt(source, name), `oci-archive:${file}:${name}`);
    const reader = await openFileReader(file);
    try {
      const result = await importArchive(await openArchive(reader), clientOf(target), options);
      expect(result).toEqual({ imported: [{ reference: name, digest: image.descriptor.digest }], failures: [] });
    } finally {
      await reader.close();
    }
    expect(target.manifests.get(name)?.bytes.equals(image.bytes)).toBe(true);
    for (const [key, bytes] of target.blobs) expect(source.blobs.get(key)?.equals(bytes)).toBe(true);
  });

  it('imports what skopeo wrote without a repository into the default one', async () => {
    const file = join(directory, 'theirs.tar');
    await skopeoCopy(nameAt(source, 'team/app:amd'), `oci-archive:${file}:amd`);
    const reader = await openFileReader(file);
    try {
      const archive = await openArchive(reader, { defaultRepository: 'imported/app' });
      const { imported } = await importArchive(archive, clientOf(target), options);
      expect(imported).toEqual([{ reference: 'imported/app:amd', digest: amd.descriptor.digest }]);
    } finally {
      await reader.close();
    }
  });
});

import { importArchive } from '../../../../src/oci/archive/import.ts';
import { planArchive } from '../../../../src/oci/archive/plan.ts';
import { openArchive } from '../../../../src/oci/archive/read.ts';
import { readArchiveRange } from '../../../../src/oci/archive/write.ts';
import { RegistryClient } from '../../../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../../../src/oci/token-source.ts';
import { buildArtifact, buildImage, buildIndex, pushImage, seededBytes } from '../../../support/images.ts';
import { CREDENTIALS, type MemoryRegistry, startMemoryRegistry } from '../../../support/memory-registry.ts';
import { bufferReader, collect } from '../../../support/streams.ts';

describe('an archive between two registries', () => {
  let source: MemoryRegistry;
  let target: MemoryRegistry;

  beforeEach(async () => {
    source = await startMemoryRegistry({ auth: 'bearer' });
    target = await startMemoryRegistry({ auth: 'bearer' });
  });
  afterEach(async () => {
    await source.close();
    await target.close();
  });

  const clientOf = (registry: MemoryRegistry) =>
    new RegistryClient({
      endpoint: registry.endpoint,
      tokens: passwordTokenSource(CREDENTIALS.username, CREDENTIALS.password),
    });

  it('carries images, indexes of indexes, charts and empty blobs, tagged and untagged, to the same digests', async () => {
    const shared = seededBytes(1, 70_000);
    const amd = buildImage({ seed: 1, layerSizes: [1000, 0], sharedLayers: [shared] });
    const arm = buildImage({ seed: 2, layerSizes: [513], sharedLayers: [shared], architecture: 'arm64' });
    const index = buildIndex([buildIndex([amd]), arm], [{ architecture: 'amd64', os: 'linux' }]);
    const chart = buildArtifact({
      artifactType: 'application/vnd.cncf.helm.chart.v1',
      blobs: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes: seededBytes(3, 512) }],
    });
    const from = clientOf(source);
    await pushImage(from, 'team/app', 'v1', index);
    await pushImage(from, 'team/app', 'amd', amd);
    await pushImage(from, 'other/arm', undefined, arm);
    await pushImage(from, 'charts/web', '1.0', chart);
    const plan = await planArchive(from, [
      { repository: 'team/app', tag: 'v1' },
      { repository: 'team/app', tag: 'amd', digest: amd.descriptor.digest },
      { repository: 'other/arm', digest: arm.descriptor.digest },
      { repository: 'charts/web', tag: '1.0' },
    ]);
    const bytes = await collect(readArchiveRange(plan, from));
    expect(bytes.length).toBe(plan.lengthBytes);

    const archive = await openArchive(bufferReader(bytes));
    const to = clientOf(target);
    const result = await importArchive(archive, to, { overwriteTags: false, continueOnErrors: false });

    expect(result.failures).toEqual([]);
    expect(result.imported).toEqual([
      { reference: 'team/app:v1', digest: index.descriptor.digest },
      { reference: 'team/app:amd', digest: amd.descriptor.digest },
      { reference: `other/arm@${arm.descriptor.digest}`, digest: arm.descriptor.digest },
      { reference: 'charts/web:1.0', digest: chart.descriptor.digest },
    ]);
    expect([...target.manifests.keys()].sort()).toEqual([...source.manifests.keys()].sort());
    expect(target.blobs).toEqual(source.blobs);
    expect(target.uploads.size).toBe(0);
  });
});

import type { ArmBehavior } from '../../../local/arm/behavior.ts';
import { resourcesOf } from '../../../local/names.ts';
import { buildImage, pushImage } from '../../support/images.ts';
import { ArmWorld } from './arm-world.ts';

const source = resourcesOf('source');
const target = resourcesOf('target');
const first = buildImage({ seed: 4, layerSizes: [1000] });
const second = buildImage({ seed: 5, layerSizes: [5000] });
const identity = { type: 'SystemAssigned' };
const storageAccessMode = 'ManagedIdentity';

let world: ArmWorld;
beforeAll(async () => {
  world = await ArmWorld.start();
  await start();
  await pushImage(world.source.registry, 'choice/app', 'v1', first);
  await pushImage(world.source.registry, 'choice/app', 'v2', second);
  for (const [name, options] of [
    ['plain', []],
    ['tolerant', ['ContinueOnErrors']],
  ] as const) {
    const [from, to] = [{ uri: target.containerUrl }, { uri: source.containerUrl }];
    const toBlob = { target: { ...to, storageAccessMode }, options };
    const fromBlob = { source: { ...from, storageAccessMode }, options, trigger: disabled };
    await world.put('source', `exportPipelines/${name}`, { identity, properties: toBlob });
    await world.put('target', `importPipelines/${name}`, { identity, properties: fromBlob });
  }
});
afterAll(() => world.stop());

const disabled = { sourceTrigger: { status: 'Disabled' } };
const start = (behavior: Partial<ArmBehavior> = {}, more: object = {}) => world.startArm({ behavior, ...more });

function runExport(name: string, pipeline: string, artifacts: string[], blob = `${name}.tar`) {
  return world.run('source', name, {
    pipelineResourceId: `${source.registryId}/exportPipelines/${pipeline}`,
    artifacts,
    target: { type: 'AzureStorageBlob', name: blob },
  });
}

async function runImport(name: string, pipeline: string, blob: string, more: object = {}) {
  const bytes = await world.source.container.getBlobClient(blob).downloadToBuffer();
  await world.target.container.getBlockBlobClient(blob).uploadData(bytes);
  return world.run('target', name, {
    pipelineResourceId: `${target.registryId}/importPipelines/${pipeline}`,
    source: { type: 'AzureStorageBlob', name: blob },
    ...more,
  });
}

const digestOf = (tag: string) => world.target.registry.resolve('choice/app', tag).then((found) => found?.digest);

describe('what is there already', () => {
  it.each([
    ['fails', 'Failed'],
    ['skipped', 'Succeeded'],
  ] as const)('stays: the export of a blob that exists, %s, ends as %s', async (existingBlob, status) => {
    await start({ existingBlob });
    const blob = world.source.container.getBlockBlobClient(`${existingBlob}.tar`);
    await blob.uploadData(Buffer.from('mine'));
    const run = await runExport(`blob${existingBlob}`, 'plain', ['choice/app:v1'], blob.name);
    expect([run.status, run.catalogDigest]).toEqual([status, undefined]);
    expect((await blob.downloadToBuffer()).toString()).toBe('mine');
  });

  it.each([
    ['fails', 'Failed', undefined, undefined],
    ['skipped', 'Succeeded', ['choice/app:v1'], first.descriptor.digest],
  ] as const)(
    'stays: the import of a tag that exists, %s, ends as %s',
    async (existingTag, status, imported, digest) => {
      await start({ existingTag });
      await runExport(`tag${existingTag}`, 'plain', ['choice/app:v1', 'choice/app:v2']);
      const { digest: taken } = await pushImage(world.target.registry, 'choice/app', 'v2', first);
      const run = await runImport(`tag${existingTag}`, 'plain', `tag${existingTag}.tar`);
      expect([run.status, run.importedArtifacts]).toEqual([status, imported]);
      expect([await digestOf('v1'), await digestOf('v2')]).toEqual([digest, taken]);
    },
  );
});

describe('a run of which a part did not arrive', () => {
  it.each(['Succeeded', 'Failed'] as const)('ends as %s, the other part having arrived', async (partialSuccess) => {
    await start({ partialSuccess });
    const blob = `part${partialSuccess}.tar`;
    const run = await runExport(`part${partialSuccess}`, 'tolerant', ['choice/app:v1', 'choice/app:none']);
    expect([run.status, run.pipelineRunErrorMessage]).toEqual([
      partialSuccess,
      expect.stringContaining('choice/app:none'),
    ]);
    const imported = await runImport(`part${partialSuccess}`, 'tolerant', blob);
    expect(imported).toMatchObject({ status: 'Succeeded', importedArtifacts: ['choice/app:v1'] });
  });
});

describe('an import', () => {
  beforeAll(async () => {
    await start();
    await runExport('digests', 'plain', ['choice/app:v1']);
  });

  it.each([
    ['fails', 'Failed'],
    ['ignored', 'Succeeded'],
  ] as const)('with a wrong catalogDigest, %s, ends as %s', async (wrongCatalogDigest, status) => {
    await start({ wrongCatalogDigest });
    const catalogDigest = `sha256:${'0'.repeat(64)}`;
    const run = await runImport(`wrong${wrongCatalogDigest}`, 'plain', 'digests.tar', { catalogDigest });
    expect(run.status).toBe(status);
  });

  it.each([
    ['tag', ['choice/app:v1']],
    ['digest', [`choice/app@${first.descriptor.digest}`]],
    ['reference', [`${target.loginServer}/choice/app:v1`]],
    ['absent', undefined],
  ] as const)('names what it imported by %s', async (importedArtifacts, named) => {
    await start({ importedArtifacts });
    expect((await runImport(`names${importedArtifacts}`, 'plain', 'digests.tar')).importedArtifacts).toEqual(named);
  });
});

describe('a layer over the limit', () => {
  it('fails its artifact, which is named with the limit; the others go', async () => {
    await start({}, { maxLayerBytes: 4000 });
    const run = await runExport('large', 'tolerant', ['choice/app:v1', 'choice/app:v2']);
    expect(run.status).toBe('Succeeded');
    expect(run.pipelineRunErrorMessage).toMatch(
      /choice\/app:v2: .*layer sha256:[0-9a-f]{64} has \d+ bytes, allowed are 4000/,
    );
    expect((await runExport('larger', 'plain', ['choice/app:v2'])).status).toBe('Failed');
  });
});

import { createHash } from 'node:crypto';
import { resourcesOf } from '../../../local/names.ts';
import { buildImage, buildIndex, pushImage, seededBytes, type TestImage } from '../../support/images.ts';
import { ArmWorld, containerSas } from './arm-world.ts';

const MIB = 1024 * 1024;
const source = resourcesOf('source');
const target = resourcesOf('target');
/** More than two blocks of an archive. */
const shared = seededBytes(1, 18 * MIB);
const hello = buildImage({ seed: 1, layerSizes: [1000], sharedLayers: [shared] });
const other = buildImage({ seed: 2, layerSizes: [2000], sharedLayers: [shared] });
const multi = buildIndex([hello, other]);

let world: ArmWorld;
beforeAll(async () => {
  world = await ArmWorld.start();
  await world.startArm();
  const { registry } = world.source;
  await pushImage(registry, 'samples/hello', 'v1', hello);
  await pushImage(registry, 'samples/hello', 'latest', hello);
  await pushImage(registry, 'samples/multi', 'v1', multi);
  await putSecrets();
});
afterAll(() => world.stop());

async function putSecrets(): Promise<void> {
  await world.putSecret('source', 'export-sas', `?${containerSas(world.source.container, 'rwla')}`);
  await world.putSecret('source', 'expired-sas', containerSas(world.source.container, 'rwla', -60_000));
  await world.putSecret('source', 'read-sas', containerSas(world.source.container, 'rl'));
  await world.putSecret('target', 'import-sas', containerSas(world.target.container, 'rl'));
  await world.putSecret('target', 'delete-sas', containerSas(world.target.container, 'rld'));
}

const identity = { type: 'SystemAssigned' };
const byIdentity = { storageAccessMode: 'ManagedIdentity' };

/** Makes an export pipeline of the source registry. */
const putExport = (name: string, access: object, options: string[] = []) =>
  world.put('source', `exportPipelines/${name}`, {
    identity,
    properties: { target: { uri: source.containerUrl, ...access }, options },
  });
/** Makes an import pipeline of the target registry. */
const putImport = (name: string, access: object, options: string[] = []) =>
  world.put('target', `importPipelines/${name}`, {
    identity,
    properties: { source: { uri: target.containerUrl, ...access }, options },
  });
const secret = (cloud: 'source' | 'target', name: string) => ({
  keyVaultUri: `${resourcesOf(cloud).vaultUrl}/secrets/${name}`,
});

const runExport = (name: string, pipeline: string, artifacts: string[], blob = `${name}.tar`) =>
  world.run('source', name, {
    pipelineResourceId: `${source.registryId}/exportPipelines/${pipeline}`,
    artifacts,
    target: { type: 'AzureStorageBlob', name: blob },
  });
const runImport = (name: string, pipeline: string, blob: string, more: object = {}) =>
  world.run('target', name, {
    pipelineResourceId: `${target.registryId}/importPipelines/${pipeline}`,
    source: { type: 'AzureStorageBlob', name: blob },
    ...more,
  });

/** The blob's bytes, and the blob put into the target's container as they are. */
async function copyBlob(name: string): Promise<Buffer> {
  const bytes = await world.source.container.getBlobClient(name).downloadToBuffer();
  await world.target.container.getBlockBlobClient(name).uploadData(bytes);
  return bytes;
}

const targetDigest = async (repository: string, reference: string) =>
  (await world.target.registry.resolve(repository, reference))?.digest;

const digestOf = (image: TestImage) => image.descriptor.digest;

describe('an export and an import with SAS tokens', () => {
  it('bring tags, digests and indexes to the other registry, byte for byte', async () => {
    await putExport('bySasExport', secret('source', 'export-sas'));
    await putImport('bySasImport', secret('target', 'import-sas'));
    const artifacts = ['samples/hello', 'samples/multi:v1', `samples/hello@${digestOf(hello)}`];
    const exported = await runExport('sasExport', 'bySasExport', artifacts);
    expect(exported).toMatchObject({ status: 'Succeeded', progress: { percentage: '100' } });
    const bytes = await copyBlob('sasExport.tar');
    const properties = await world.source.container.getBlobClient('sasExport.tar').getProperties();
    expect(properties.metadata).toEqual({ category: 'acr-transfer-blob' });
    expect(Buffer.from(properties.contentMD5 ?? []).equals(createHash('md5').update(bytes).digest())).toBe(true);
    expect(bytes.length).toBeLessThan(20 * MIB);
    const imported = await runImport('sasImport', 'bySasImport', 'sasExport.tar', {
      catalogDigest: exported.catalogDigest,
    });
    expect(imported.status).toBe('Succeeded');
    expect(imported.catalogDigest).toBe(exported.catalogDigest);
    expect(imported.importedArtifacts).toEqual(
      expect.arrayContaining(['samples/hello:latest', 'samples/multi:v1', `samples/hello@${digestOf(hello)}`]),
    );
    expect(await targetDigest('samples/hello', 'latest')).toBe(digestOf(hello));
    expect(await targetDigest('samples/multi', 'v1')).toBe(digestOf(multi));
    expect(await targetDigest('samples/multi', digestOf(other))).toBe(digestOf(other));
  });

  it('read a version of a secret that the URI names', async () => {
    const id = await world.putSecret('source', 'versioned', containerSas(world.source.container, 'rwla'));
    await world.putSecret('source', 'versioned', 'sig=wrong');
    await putExport('versioned', { keyVaultUri: id });
    expect((await runExport('versioned', 'versioned', ['samples/hello:v1'])).status).toBe('Succeeded');
  });
});

describe('an export and an import by managed identity', () => {
  it('move the artifact, and delete the blob where the pipeline says so', async () => {
    await putExport('byIdentity', byIdentity);
    await putImport('byIdentityDelete', byIdentity, ['DeleteSourceBlobOnSuccess', 'OverwriteTags']);
    expect((await runExport('idExport', 'byIdentity', ['samples/hello:v1'])).status).toBe('Succeeded');
    await copyBlob('idExport.tar');
    const imported = await runImport('idImport', 'byIdentityDelete', 'idExport.tar');
    expect(imported).toMatchObject({ status: 'Succeeded', importedArtifacts: ['samples/hello:v1'] });
    expect(imported.pipelineRunErrorMessage).toBeUndefined();
    expect(await world.target.container.getBlobClient('idExport.tar').exists()).toBe(false);
  });
});

describe('an export', () => {
  it('fails over a blob that is there, unless it may overwrite it', async () => {
    await putExport('careful', byIdentity);
    await putExport('overwriting', byIdentity, ['OverwriteBlobs']);
    await runExport('first', 'careful', ['samples/hello:v1'], 'same.tar');
    const again = await runExport('again', 'careful', ['samples/multi:v1'], 'same.tar');
    expect([again.status, again.pipelineRunErrorMessage]).toEqual([
      'Failed',
      expect.stringContaining("'same.tar' already exists"),
    ]);
    const over = await runExport('second', 'overwriting', ['samples/multi:v1'], 'same.tar');
    expect(over.status).toBe('Succeeded');
  });

  it('fails for a missing artifact, naming it, and writes no blob', async () => {
    await putExport('strict', byIdentity);
    const run = await runExport('strictRun', 'strict', ['samples/hello:v1', 'samples/none:v1']);
    expect(run.status).toBe('Failed');
    expect(run.pipelineRunErrorMessage).toContain('samples/none:v1');
    expect(await world.source.container.getBlobClient('strictRun.tar').exists()).toBe(false);
  });

  it('goes on with the rest where it may, and names the missing', async () => {
    await putExport('tolerant', byIdentity, ['ContinueOnErrors']);
    const run = await runExport('partly', 'tolerant', ['samples/none:v1', 'samples/hello:v1']);
    expect(run.status).toBe('Succeeded');
    expect(run.pipelineRunErrorMessage).toContain('samples/none:v1');
    expect(await world.source.container.getBlobClient('partly.tar').exists()).toBe(true);
    const nothing = await runExport('nothing', 'tolerant', ['samples/none:v1']);
    expect(nothing.status).toBe('Failed');
  });

  it.each([
    [
      'an expired SAS token',
      secret('source', 'expired-sas'),
      'Failed to access storage. Service request failed. Status: 403 (',
    ],
    ['a SAS token that may not write', secret('source', 'read-sas'), 'using this permission.) ErrorCode: '],
    [
      'a missing secret',
      secret('source', 'no-such'),
      'Failed to access key vault. Service request failed. Status: 404 (',
    ],
    [
      'a vault that is not there',
      { keyVaultUri: 'https://nowhere.vault.source.test/secrets/a' },
      'nowhere.vault.source.test',
    ],
    ['a URI that is no secret', { keyVaultUri: `${source.vaultUrl}/keys/a` }, 'does not name a secret'],
    [
      'a missing container',
      { ...byIdentity, uri: source.containerUrl.replace(/transfer$/, 'missing') },
      'ContainerNotFound',
    ],
  ])('fails with %s', async (what, access, message) => {
    const name = `export${what.replace(/\W/g, '')}`;
    await putExport(name, access);
    const run = await runExport(name, name, ['samples/hello:v1']);
    expect([run.status, run.pipelineRunErrorMessage]).toEqual(['Failed', expect.stringContaining(message)]);
    expect(run.pipelineRunErrorMessage).not.toContain('sig=');
  });
});

describe('an import', () => {
  beforeAll(async () => {
    await putImport('importer', byIdentity);
    await putExport('exporter', byIdentity, ['OverwriteBlobs', 'ContinueOnErrors']);
    await runExport('archive', 'exporter', ['samples/hello:v1', 'samples/multi:v1']);
    await copyBlob('archive.tar');
  });

  it('fails when the digest of the archive is not the expected one', async () => {
    const run = await runImport('digest', 'importer', 'archive.tar', { catalogDigest: `sha256:${'0'.repeat(64)}` });
    expect(run.status).toBe('Failed');
    expect(run.pipelineRunErrorMessage).toContain('expected was sha256:000');
  });

  it('fails for a blob that is missing, and for one that no export wrote', async () => {
    await world.target.container.getBlockBlobClient('oci.tar').uploadData(Buffer.alloc(20_480, 'oci-layout'));
    const missing = await runImport('missing', 'importer', 'absent.tar');
    expect(missing.pipelineRunErrorMessage).toContain('Status: 404 (The specified blob does not exist.)');
    const foreign = await runImport('foreign', 'importer', 'oci.tar');
    expect(foreign.pipelineRunErrorMessage).toContain("The blob 'oci.tar' is not an archive of a registry transfer");
    expect([missing.status, foreign.status]).toEqual(['Failed', 'Failed']);
  });

  it('moves a tag only where it may, and the other artifacts where it may go on', async () => {
    const { registry } = world.target;
    await pushImage(registry, 'samples/hello', 'v1', buildImage({ seed: 9, layerSizes: [10] }));
    const before = await targetDigest('samples/hello', 'v1');
    const refused = await runImport('refused', 'importer', 'archive.tar');
    expect([refused.status, refused.pipelineRunErrorMessage]).toEqual([
      'Failed',
      expect.stringContaining('samples/hello:v1'),
    ]);
    await putImport('tolerantImport', byIdentity, ['ContinueOnErrors']);
    const partly = await runImport('partlyIn', 'tolerantImport', 'archive.tar');
    expect(partly).toMatchObject({ status: 'Succeeded', importedArtifacts: ['samples/multi:v1'] });
    expect(partly.pipelineRunErrorMessage).toContain('samples/hello:v1');
    expect(await targetDigest('samples/hello', 'v1')).toBe(before);
    await putImport('overwritingImport', byIdentity, ['OverwriteTags']);
    expect((await runImport('overIn', 'overwritingImport', 'archive.tar')).status).toBe('Succeeded');
    expect(await targetDigest('samples/hello', 'v1')).toBe(digestOf(hello));
  });

  it('succeeds with a message when the blob cannot be deleted', async () => {
    await putImport('noDelete', secret('target', 'import-sas'), ['DeleteSourceBlobOnSuccess', 'OverwriteTags']);
    const kept = await runImport('keeps', 'noDelete', 'archive.tar');
    expect([kept.status, kept.pipelineRunErrorMessage]).toEqual([
      'Succeeded',
      expect.stringContaining('The source blob was not deleted. Failed to access storage.'),
    ]);
    await putImport('mayDelete', secret('target', 'delete-sas'), ['DeleteSourceBlobOnSuccess', 'OverwriteTags']);
    expect((await runImport('deletes', 'mayDelete', 'archive.tar')).pipelineRunErrorMessage).toBeUndefined();
    expect(await world.target.container.getBlobClient('archive.tar').exists()).toBe(false);
  });
});

import { createHash } from 'node:crypto';
import type { RunningArm } from '../../../local/arm/server.ts';
import { resourcesOf } from '../../../local/names.ts';
import { buildImage, pushImage } from '../../support/images.ts';
import { ArmWorld, containerSas, type RunResponse } from './arm-world.ts';

const source = resourcesOf('source');
const target = resourcesOf('target');
const image = buildImage({ seed: 3, layerSizes: [1000] });
const MARK = { category: 'acr-transfer-blob' };

interface TriggeredRun {
  name: string;
  properties: {
    request: { pipelineResourceId: string; source: { name: string } };
    response: RunResponse & { trigger?: { sourceTrigger: { timestamp: string } } };
  };
}

let world: ArmWorld;
let arm: RunningArm;
let archive: Buffer;
beforeAll(async () => {
  world = await ArmWorld.start();
  arm = await world.startArm();
  await pushImage(world.source.registry, 'samples/hello', 'v1', image);
  const endpoint = { uri: source.containerUrl, storageAccessMode: 'ManagedIdentity' };
  await world.put('source', 'exportPipelines/export', {
    identity: { type: 'SystemAssigned' },
    properties: { target: endpoint },
  });
  await world.run('source', 'export01', {
    pipelineResourceId: `${source.registryId}/exportPipelines/export`,
    artifacts: ['samples/hello:v1'],
    target: { type: 'AzureStorageBlob', name: 'archive.tar' },
  });
  archive = await world.source.container.getBlobClient('archive.tar').downloadToBuffer();
});
afterAll(() => world.stop());

const putImport = (status: 'Enabled' | 'Disabled', options: string[] = [], access: object = {}) =>
  world.put('target', 'importPipelines/import', {
    identity: { type: 'SystemAssigned' },
    properties: {
      source: { uri: target.containerUrl, storageAccessMode: 'ManagedIdentity', ...access },
      trigger: { sourceTrigger: { status } },
      options,
    },
  });

async function drop(name: string, metadata: Record<string, string> = MARK, bytes = archive): Promise<void> {
  const blobContentMD5 = createHash('md5').update(bytes).digest();
  const blob = world.target.container.getBlockBlobClient(name);
  await blob.uploadData(bytes, { metadata, blobHTTPHeaders: { blobContentMD5 } });
}

/** The runs of the source trigger on a blob, once no run is going on. */
async function runsOn(name: string): Promise<TriggeredRun[]> {
  await arm.settled();
  const runs = await world.list<TriggeredRun>('target', 'pipelineRuns');
  return runs.filter(({ properties }) => properties.request.source.name === name);
}

describe('the source trigger', () => {
  it('imports a blob that landed, once, by a run of its own name that tells when the blob changed', async () => {
    await putImport('Enabled');
    await drop('landed/one.tar');
    const { lastModified } = await world.target.container.getBlobClient('landed/one.tar').getProperties();
    await arm.pollSources();
    const [run] = await runsOn('landed/one.tar');
    expect(run?.name).toMatch(/^[a-zA-Z0-9_]*_[a-zA-Z0-9_]*$/);
    expect(run?.properties.request.pipelineResourceId).toBe(`${target.registryId}/importPipelines/import`);
    expect(run?.properties.response).toMatchObject({ status: 'Succeeded', importedArtifacts: ['samples/hello:v1'] });
    const { timestamp } = run?.properties.response.trigger?.sourceTrigger ?? { timestamp: '' };
    expect(Date.parse(timestamp)).toBe(lastModified?.getTime());
    const found = await world.target.registry.resolve('samples/hello', 'v1');
    expect(found?.digest).toBe(image.descriptor.digest);
    await arm.pollSources();
    expect(await runsOn('landed/one.tar')).toHaveLength(1);
  });

  it('imports a blob again when it changed, and after a restart only then', async () => {
    await putImport('Enabled');
    await drop('again.tar');
    await arm.pollSources();
    await arm.settled();
    arm = await world.startArm();
    await arm.pollSources();
    expect(await runsOn('again.tar')).toHaveLength(1);
    await drop('again.tar');
    await arm.pollSources();
    expect(await runsOn('again.tar')).toHaveLength(2);
  });

  it('leaves alone what lacks its mark or its MD5', async () => {
    await putImport('Enabled');
    await drop('unmarked.tar', {});
    await drop('other.tar', { category: 'something else' });
    await drop('summed.tar');
    await world.target.container.getBlobClient('summed.tar').setHTTPHeaders({});
    await arm.pollSources();
    for (const name of ['unmarked.tar', 'other.tar', 'summed.tar']) expect(await runsOn(name)).toEqual([]);
  });

  it('does nothing while it is disabled, and takes what landed meanwhile when it is enabled', async () => {
    await putImport('Disabled');
    await drop('waiting.tar');
    await arm.pollSources();
    expect(await runsOn('waiting.tar')).toEqual([]);
    await putImport('Enabled');
    await arm.pollSources();
    expect(await runsOn('waiting.tar')).toHaveLength(1);
  });

  it('goes by the options of its pipeline: deletes the blob after success', async () => {
    await putImport('Enabled', ['DeleteSourceBlobOnSuccess']);
    await drop('deleted.tar');
    await arm.pollSources();
    expect(await runsOn('deleted.tar')).toHaveLength(1);
    expect(await world.target.container.getBlobClient('deleted.tar').exists()).toBe(false);
  });

  it('finds nothing with a token that may not list', async () => {
    const keyVaultUri = await world.putSecret('target', 'read-sas', containerSas(world.target.container, 'r'));
    await putImport('Enabled', [], { storageAccessMode: 'SasToken', keyVaultUri });
    await drop('unlisted.tar');
    await arm.pollSources();
    expect(await runsOn('unlisted.tar')).toEqual([]);
    await world.putSecret('target', 'read-sas', containerSas(world.target.container, 'rl'));
    await putImport('Enabled', [], {
      storageAccessMode: 'SasToken',
      keyVaultUri: `${target.vaultUrl}/secrets/read-sas`,
    });
    await arm.pollSources();
    expect((await runsOn('unlisted.tar')).map(({ properties }) => properties.response.status)).toEqual(['Succeeded']);
  });

  it.each([
    ['once', 1],
    ['again', 2],
  ] as const)('takes a blob whose run failed %s', async (failedTrigger, count) => {
    arm.setBehavior({ failedTrigger });
    await putImport('Enabled');
    await drop(`broken-${failedTrigger}.tar`, MARK, Buffer.alloc(2000));
    for (let look = 0; look < count; look++) {
      await arm.pollSources();
      await arm.settled();
    }
    if (failedTrigger === 'once') await arm.pollSources();
    const runs = await runsOn(`broken-${failedTrigger}.tar`);
    expect(runs.map(({ properties }) => properties.response.status)).toEqual(Array(count).fill('Failed'));
  });

  it('looks by itself every so often', async () => {
    await putImport('Enabled');
    arm = await world.startArm({ sourceTriggerDelayMs: 20 });
    await drop('by-itself.tar');
    let status: string | undefined = 'Running';
    while (status === undefined || status === 'Running') {
      status = (await runsOn('by-itself.tar'))[0]?.properties.response.status;
    }
    expect(status).toBe('Succeeded');
  });

  it('starts its run a while after the listing, though the blob was claimed and the trigger disabled meanwhile', async () => {
    await putImport('Enabled');
    arm = await world.startArm({ sourceTriggerStartDelayMs: 3_600_000 });
    await drop('slow.tar');
    await arm.pollSources();
    await arm.pollSources();
    expect(await runsOn('slow.tar')).toEqual([]);
    await world.target.container.getBlobClient('slow.tar').setMetadata({ claimed: 'yes' });
    await putImport('Disabled');
    await arm.startListed();
    expect((await runsOn('slow.tar')).map(({ properties }) => properties.response.status)).toEqual(['Succeeded']);
    await putImport('Enabled');
    await arm.pollSources();
    await arm.startListed();
    expect(await runsOn('slow.tar')).toHaveLength(1);
  });

  it('starts it by itself once its delay is over', async () => {
    await putImport('Enabled');
    arm = await world.startArm({ sourceTriggerStartDelayMs: 50 });
    await drop('slow-by-itself.tar');
    await arm.pollSources();
    while ((await runsOn('slow-by-itself.tar')).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await runsOn('slow-by-itself.tar')).toHaveLength(1);
  });
});

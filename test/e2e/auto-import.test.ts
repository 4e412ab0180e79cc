import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerStore } from '../../src/azure/storage.ts';
import type { ImportReport } from '../../src/domain/import-report.ts';
import { formatImportId, instanceIds } from '../../src/domain/names.ts';
import { containerOf } from '../../src/domain/route.ts';
import { putPipeline } from '../support/arm.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const image = buildImage({ seed: 31, layerSizes: [50_000] });

beforeAll(async () => {
  cloud = await startTestStack();
});
afterAll(() => cloud?.stop());

/** Has the source's pipeline write an archive, as somebody does who wires the export alone. */
async function exportArchive(repository: string, blob: string): Promise<Buffer> {
  await pushImage(cloud.stack.registry('source'), repository, 'v1', image);
  const { exportPipeline, registry } = cloud.route.source;
  const pipelines = cloud.pipelines('source');
  const name = `manual${blob.replace(/\W/g, '')}`;
  await pipelines.putRun(name, {
    request: {
      pipelineResourceId: `${registry}/exportPipelines/${exportPipeline}`,
      artifacts: [`${repository}:v1`],
      target: { type: 'AzureStorageBlob', name: blob },
    },
    forceUpdateTag: '1',
  });
  while ((await pipelines.getRun(name))?.run.properties.response?.status !== 'Succeeded') await sleep(50);
  return readAll(cloud.container('source'), blob);
}

async function readAll(container: ContainerStore, blob: string): Promise<Buffer> {
  const found = await container.properties(blob);
  const chunks: Uint8Array[] = [];
  for await (const chunk of container.readRange(blob, 0, found?.sizeBytes ?? 0)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Carries an archive to the target's container, with the metadata that a faithful copy keeps. */
async function drop(blob: string, bytes: Buffer): Promise<void> {
  const container = cloud.container('target');
  const id = Buffer.from('block-0').toString('base64');
  await container.stageBlock(blob, id, bytes);
  await container.commitBlocks(blob, [id], {
    metadata: { category: 'acr-transfer-blob' },
    contentMd5: 'x'.repeat(22).concat('=='),
  });
}

async function reports(): Promise<ImportReport[]> {
  const found: ImportReport[] = [];
  for await (const { name } of cloud.records.list('imports/')) {
    const text = (await cloud.records.readText(name))?.text ?? 'null';
    found.push(JSON.parse(text));
  }
  return found;
}

async function reportOf(blob: string): Promise<ImportReport> {
  for (;;) {
    const found = (await reports()).find(({ archive }) => archive.name === blob);
    if (found) return found;
    await sleep(100);
  }
}

async function importRunsOf(blob: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, properties } of cloud.pipelines('target').listRuns()) {
    if (properties.request?.source?.name === blob) names.push(name);
  }
  return names;
}

describe('a blob that lands in the target container', () => {
  it('is claimed, imported once and reported with its digests', async () => {
    await drop('dropped.tar', await exportArchive('d/first', 'dropped.tar'));
    const report = await reportOf('dropped.tar');
    expect(report).toMatchObject({
      state: 'Succeeded',
      artifacts: [{ artifact: 'd/first:v1', digest: image.descriptor.digest }],
    });
    const found = await cloud.stack.registry('target').resolve('d/first', 'v1');
    expect(found?.digest).toBe(image.descriptor.digest);
    const blob = await cloud.container('target').properties('dropped.tar');
    expect(blob?.metadata).toEqual({ acrtransferimport: report.id });
    // The claim changed the blob's ETag: the poller sees it once more, and it must not be imported again.
    await untilSeen('dropped.tar', blob?.etag ?? '');
    expect(await importRunsOf('dropped.tar')).toEqual([report.run]);
    expect(await reports()).toHaveLength(1);
  });

  it('is imported again when it is overwritten by a new archive', async () => {
    const bytes = await exportArchive('d/again', 'again.tar');
    await drop('again.tar', bytes);
    const first = await reportOf('again.tar');
    await drop('again.tar', bytes);
    while ((await importRunsOf('again.tar')).length < 2) await sleep(100);
    expect(first.state).toBe('Succeeded');
  });

  it('that is cut short ends as Failed, with the run and its own words', async () => {
    const bytes = await exportArchive('d/cut', 'cut.tar');
    await drop('cut.tar', bytes.subarray(0, bytes.length - 20_000));
    const report = await reportOf('cut.tar');
    expect(report).toMatchObject({ state: 'Failed', error: { class: 'service', code: 'RUN_FAILED' } });
    expect(report.error?.message).toContain(report.run ?? 'no run');
    expect(await cloud.stack.registry('target').resolve('d/cut', 'v1')).toBeUndefined();
  });

  it('is left alone where the source trigger of the pipeline is Disabled', async () => {
    const options = { options: ['OverwriteTags', 'ContinueOnErrors'], trigger: 'Disabled' } as const;
    await putPipeline(cloud, 'target', cloud.route.target.importPipeline, options);
    await drop('ignored.tar', await exportArchive('d/ignored', 'ignored.tar'));
    const blob = await cloud.container('target').properties('ignored.tar');
    await untilSeen('ignored.tar', blob?.etag ?? '');
    expect(await importRunsOf('ignored.tar')).toEqual([]);
    expect((await cloud.container('target').properties('ignored.tar'))?.metadata).toEqual({
      category: 'acr-transfer-blob',
    });
    await putPipeline(cloud, 'target', cloud.route.target.importPipeline, { ...options, trigger: 'Enabled' });
  });
});

/** Waits until the import of this very state of the blob has ended, whatever it decided. */
async function untilSeen(blob: string, etag: string): Promise<void> {
  const { account, container } = containerOf(cloud.route.target);
  const instance = instanceIds.import(formatImportId({ account, container, name: blob, etag }));
  while ((await cloud.instanceStatus(instance)) !== 'Completed') await sleep(100);
}

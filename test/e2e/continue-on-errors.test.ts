import { setTimeout as sleep } from 'node:timers/promises';
import { localRoute } from '../../local/app/environment.ts';
import { REGISTRY_ADMIN_USER } from '../../local/names.ts';
import type { TransferDocument } from '../../src/domain/transfer/transfer-document.ts';
import { putPipeline } from '../support/arm.ts';
import { buildImage, describeBytes, pushImage, type TestImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const good = buildImage({ seed: 31, layerSizes: [1000] });
const FOREIGN = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
/** Pushing and resolving it is fine; only the run finds that it cannot be exported. */
const windows = buildImage({
  seed: 32,
  layerSizes: [10],
  statedLayers: [
    { ...describeBytes(FOREIGN, Buffer.from('from elsewhere')), urls: ['https://layers.example.test/windows'] },
  ],
});

const route = localRoute({ retry: { attempts: 3, firstDelaySeconds: 1, factor: 2, maxDelaySeconds: 4, jitter: 0.5 } });
/** Neither of its pipelines has ContinueOnErrors. */
const strict = {
  ...route,
  name: 'strict',
  maxParallelBatches: 1,
  source: { ...route.source, exportPipeline: 'strictExport' },
  target: { ...route.target, importPipeline: 'strictImport' },
};

beforeAll(async () => {
  // Runs that take a while leave time to change the world under a transfer.
  cloud = await startTestStack({ minimumRunMs: 1500, settings: { ROUTES_JSON: JSON.stringify([route, strict]) } });
  await putPipeline(cloud, 'source', 'strictExport', { options: ['OverwriteBlobs'] });
  await putPipeline(cloud, 'target', 'strictImport', { options: ['OverwriteTags'] });
});
afterAll(() => cloud?.stop());

describe('pipelines without ContinueOnErrors', () => {
  it.concurrent('are given halves until the one that cannot be exported is alone; the good ones get through', async () => {
    const artifacts = await pushAll('split', ['v0', 'v1', 'v2', 'v3', 'v4'], { v2: windows });
    const document = await cloud.transfer(artifacts, { route: 'strict', id: 'split' });
    expect(document.state).toBe('CompletedWithErrors');
    expect(document.counts).toMatchObject({ total: 5, Transferred: 4, Failed: 1 });
    const culprit = ofArtifact(document, 'c/split:v2');
    const attempt = culprit?.attempts.at(-1);
    expect(culprit?.outcome).toBe('Failed');
    expect(attempt).toMatchObject({ step: 'Export', class: 'service', code: 'RUN_FAILED' });
    expect(attempt?.message).toContain('c/split:v2 has the foreign layer');
    expect(attempt?.correlationId).toEqual(expect.any(String));
    // The whole, its retry, b0001l, b0001lr: whatever it was in. No run was left out, and none was told twice.
    expect(culprit?.batch).toBe('b0001lr');
    expect(new Set(culprit?.attempts.map(({ run }) => run)).size).toBe(4);
    expect(document.batches.map(({ path, step }) => [path, step])).toEqual(
      ['b0001', 'b0001l', 'b0001ll', 'b0001lr', 'b0001r'].map((path) => [path, 'Done']),
    );
    expect(await targetDigests('split', ['v0', 'v1', 'v3', 'v4'])).toEqual(Array(4).fill(good.descriptor.digest));
    expect(await targetDigests('split', ['v2'])).toEqual([undefined]);
  });

  it.concurrent('are given the rest at once when it is known which one is gone', async () => {
    const gone = buildImage({ seed: 33, layerSizes: [10] });
    const artifacts = await pushAll('rest', ['v0', 'v1', 'v2'], { v1: gone });
    const document = await whileExporting(artifacts, { route: 'strict' }, () => deleteFromSource('c/rest', gone));
    expect(document.counts).toMatchObject({ total: 3, Transferred: 2, Failed: 1 });
    expect(document.batches.map(({ path }) => path)).toEqual(['b0001', 'b0001x']);
    expect(ofArtifact(document, 'c/rest:v1')).toMatchObject({
      outcome: 'Failed',
      batch: 'b0001',
      attempts: [{ step: 'Verify', class: 'artifact', code: 'ARTIFACT_GONE' }],
    });
    expect(ofArtifact(document, 'c/rest:v0')).toMatchObject({
      outcome: 'Transferred',
      batch: 'b0001x',
      attempts: [{ step: 'Export', class: 'service', code: 'RUN_FAILED' }],
    });
  });

  it.concurrent('stop the transfer where continueOnErrors is off: what had not begun is Skipped', async () => {
    const tags = Array.from({ length: 51 }, (_, index) => `v${index}`);
    // The others are one image under 50 tags and travel together; what shares nothing with them is a batch of its own.
    const artifacts = await pushAll('off', tags, { v0: windows });
    const document = await cloud.transfer(artifacts, { route: 'strict', options: { continueOnErrors: false } });
    expect(document.state).toBe('Failed');
    expect(document.counts).toMatchObject({ total: 51, Failed: 1, Skipped: 50 });
    expect(document.batches.map(({ path, attempt }) => [path, attempt])).toEqual([['b0001', 1]]);
    expect(ofArtifact(document, 'c/off:v50')).toMatchObject({ outcome: 'Skipped', attempts: [] });
  });
});

describe('pipelines with ContinueOnErrors', () => {
  it.concurrent('take one run, and what is gone is named', async () => {
    const gone = buildImage({ seed: 34, layerSizes: [10] });
    const artifacts = await pushAll('one', ['v0', 'v1', 'v2'], { v2: gone });
    const document = await whileExporting(artifacts, {}, () => deleteFromSource('c/one', gone));
    expect(document.counts).toMatchObject({ total: 3, Transferred: 2, Failed: 1 });
    expect(document.batches).toMatchObject([{ path: 'b0001', attempt: 1, export: { status: 'Succeeded' } }]);
    expect(ofArtifact(document, 'c/one:v2')?.attempts).toMatchObject([{ class: 'artifact', code: 'ARTIFACT_GONE' }]);
  });

  it.concurrent('are given what they left behind once more, alone', async () => {
    const artifacts = await pushAll('left', ['v0', 'v1', 'v2'], { v0: windows });
    const document = await cloud.transfer(artifacts);
    expect(document.counts).toMatchObject({ total: 3, Transferred: 2, Failed: 1 });
    expect(document.batches.map(({ path }) => path)).toEqual(['b0001', 'b0001x']);
    const culprit = ofArtifact(document, 'c/left:v0');
    expect(culprit?.attempts).toMatchObject([{ code: 'NOT_ARRIVED' }, { code: 'RUN_FAILED' }]);
    for (const { message } of culprit?.attempts ?? []) expect(message).toContain('foreign layer');
  });

  it.concurrent('go on to their end where the transfer does not continue on errors', async () => {
    const artifacts = await pushAll('end', ['v0', 'v1'], { v0: windows });
    const document = await cloud.transfer(artifacts, { options: { continueOnErrors: false } });
    expect(document.state).toBe('Failed');
    expect(document.counts).toMatchObject({ total: 2, Transferred: 1, Failed: 1 });
    expect(document.batches.map(({ path }) => path)).toEqual(['b0001']);
    expect(document.batches[0]?.export?.error?.code).toBe('RUN_PARTIAL');
  });
});

/** Pushes the good image under every tag, but for those that have another. */
async function pushAll(name: string, tags: string[], others: Record<string, TestImage>): Promise<string[]> {
  const registry = cloud.stack.registry('source');
  const repository = `c/${name}`;
  await pushImage(registry, repository, 'base', good);
  for (const tag of tags) {
    const other = others[tag];
    if (other) await pushImage(registry, repository, tag, other);
    else await registry.putManifest(repository, tag, good.descriptor.mediaType, good.bytes);
  }
  return tags.map((tag) => `${repository}:${tag}`);
}

function ofArtifact(document: TransferDocument, name: string) {
  return document.artifacts?.find(({ artifact }) => artifact === name);
}

function targetDigests(name: string, tags: string[]) {
  const registry = cloud.stack.registry('target');
  return Promise.all(tags.map(async (tag) => (await registry.resolve(`c/${name}`, tag))?.digest));
}

/** A transfer under which the world changes while its first export run is waiting to begin its work. */
async function whileExporting(artifacts: string[], more: object, change: () => Promise<void>) {
  const { status, body } = await cloud.call('/transfers', { body: { route: route.name, artifacts, ...more } });
  expect(status).toBe(202);
  for (;;) {
    const { body: document } = await cloud.call(`/transfers/${body.id}`);
    if (document.batches[0]?.export) break;
    await sleep(50);
  }
  await change();
  return cloud.follow(body.id);
}

async function deleteFromSource(repository: string, { descriptor }: TestImage): Promise<void> {
  const { ports, certificates } = cloud.stack;
  const url = `http://127.0.0.1:${ports.registrySource}/v2/${repository}/manifests/${descriptor.digest}`;
  const credentials = Buffer.from(`${REGISTRY_ADMIN_USER}:${certificates.secrets.adminPassword}`).toString('base64');
  const response = await fetch(url, { method: 'DELETE', headers: { authorization: `Basic ${credentials}` } });
  expect(response.status).toBe(202);
}

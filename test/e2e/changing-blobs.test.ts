import { BlobServiceClient } from '@azure/storage-blob';
import { containerIdOf, resourcesOf } from '../../local/names.ts';
import { drop, exportArchive, importRunsOf, importsOf, listImports, md5Of, reconcile } from '../support/archives.ts';
import { putPipeline } from '../support/arm.ts';
import { tell, untilDelivered } from '../support/events.ts';
import { buildImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

/** Blobs that are not as they were when they landed: they still grow, or ACR has imported and deleted them. */
let cloud: TestStack;
let archive: Buffer;
const image = buildImage({ seed: 34, layerSizes: [20_000] });

beforeAll(async () => {
  cloud = await startTestStack({ minimumRunMs: 0 });
  archive = await exportArchive(cloud, { repository: 'c/image', blob: 'image.tar', image });
});
afterAll(() => cloud?.stop());

/** As somebody who has all rights on the target's storage. */
function appendBlob(name: string) {
  const { account } = resourcesOf('target');
  const token = cloud.operator.token('https://storage.azure.com');
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }) };
  const service = new BlobServiceClient(`https://${account}.blob.target.test`, credential);
  const container = new URL(cloud.route.target.container).pathname.slice(1);
  return service.getContainerClient(container).getAppendBlobClient(name);
}

const metadata = { category: 'acr-transfer-blob' };

describe('a blob that still grows when its event comes', () => {
  it('is imported as it is, which fails, and once more as it is at the end', async () => {
    const blob = appendBlob('grows.tar');
    const half = Math.floor(archive.length / 2);
    await blob.create({ metadata });
    await blob.appendBlock(archive.subarray(0, half), half);
    expect(await tell(cloud, 'grows.tar')).toBe(202);
    const [first] = await importsOf(cloud, 'grows.tar');
    expect(first).toMatchObject({ state: 'Failed', archive: { bytes: half } });
    await blob.appendBlock(archive.subarray(half), archive.length - half);
    await blob.setMetadata(metadata);
    await blob.setHTTPHeaders({ blobContentMD5: Buffer.from(md5Of(archive), 'base64') });
    await reconcile(cloud);
    const [, second] = await importsOf(cloud, 'grows.tar', 2);
    expect(second).toMatchObject({ state: 'Succeeded', archive: { bytes: archive.length, md5: md5Of(archive) } });
    await reconcile(cloud);
    expect(await importsOf(cloud, 'grows.tar', 2)).toHaveLength(2);
  });

  it('is left to what it becomes where it grows before the app has taken it', async () => {
    const blob = appendBlob('taken-late.tar');
    const half = Math.floor(archive.length / 2);
    await blob.create({ metadata });
    await blob.appendBlock(archive.subarray(0, half), half);
    const claims = { services: ['blob' as const], operation: 'SetBlobMetadata', path: '*/taken-late.tar' };
    const held = await cloud.faults.add({ ...claims, fault: { kind: 'hang' } });
    expect(await tell(cloud, 'taken-late.tar')).toBe(202);
    while ((await cloud.faults.list()).every(({ broken }) => broken === 0)) await new Promise(setImmediate);
    await blob.appendBlock(archive.subarray(half), archive.length - half);
    await cloud.stack.control.removeFault(held.id);
    // Nothing is kept of what the app did not take; whether it heard of the rest by itself or is made to look is the same.
    await reconcile(cloud);
    const imported = await importsOf(cloud, 'taken-late.tar');
    expect(imported).toMatchObject([{ state: 'Succeeded', archive: { bytes: archive.length } }]);
    expect(await importRunsOf(cloud, 'taken-late.tar')).toHaveLength(1);
  });
});

describe('a blob that ACR has imported and deleted before its event comes', () => {
  it('is accounted for once, with the run of ACR, however often it is told of', async () => {
    const { importPipeline } = cloud.route.target;
    const options = ['OverwriteTags', 'DeleteSourceBlobOnSuccess'];
    await putPipeline(cloud, 'target', importPipeline, { options });
    await letDelete(importPipeline);
    // The app is told of nothing until ACR is done.
    await cloud.faults.add({ services: ['eventGrid'], fault: { kind: 'status', status: 503 } });
    await drop(cloud, 'gone.tar', archive);
    await cloud.operator.pollSources();
    while (await cloud.container('target').properties('gone.tar')) await new Promise(setImmediate);
    await cloud.faults.clear();
    for (let times = 0; times < 2; times++) expect(await tell(cloud, 'gone.tar')).toBe(202);
    await untilDelivered(cloud);
    await reconcile(cloud);
    const [found, ...others] = await importsOf(cloud, 'gone.tar');
    expect(others).toEqual([]);
    const runs = await importRunsOf(cloud, 'gone.tar');
    expect(runs).toHaveLength(1);
    expect(found).toMatchObject({ state: 'Succeeded', by: 'service', runs: [{ run: runs[0] }] });
    expect((await listImports(cloud, '&state=Failed')).map(({ archive: { name } }) => name)).not.toContain('gone.tar');
  });
});

/** The pipeline's identity may delete, as DeleteSourceBlobOnSuccess needs. */
async function letDelete(pipeline: string): Promise<void> {
  const { registry, container } = cloud.route.target;
  const path = `${registry}/importPipelines/${pipeline}?api-version=2025-06-01-preview`;
  const { body } = await cloud.operator.arm('target', 'GET', path);
  const { identity } = body as { identity: { principalId: string } };
  const scope = containerIdOf(resourcesOf('target').account, new URL(container).pathname.slice(1));
  await cloud.operator.assign('target', identity.principalId, 'Storage Blob Data Contributor', scope);
}

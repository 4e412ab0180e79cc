import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerStore } from '../../src/azure/blobs/storage.ts';
import { type ImportDocument, importDocumentSchema, isFinalImport } from '../../src/domain/import/import-document.ts';
import { pushImage, type TestImage } from './images.ts';
import type { TestStack } from './stack.ts';

/** Has the source's pipeline write an archive, as somebody does who wires the export alone. */
export async function exportArchive(
  cloud: TestStack,
  { repository, blob, image }: { repository: string; blob: string; image: TestImage },
): Promise<Buffer> {
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

/** As a blob's `Content-MD5` has it. */
export function md5Of(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('base64');
}

/** Carries an archive to the target's container, with the metadata that a faithful copy keeps. */
export async function drop(cloud: TestStack, blob: string, bytes: Buffer, metadata = CATEGORY): Promise<void> {
  const container = cloud.container('target');
  const id = Buffer.from('block-0').toString('base64');
  await container.stageBlock(blob, id, bytes);
  await container.commitBlocks(blob, [id], { metadata, contentMd5: md5Of(bytes) });
}
const CATEGORY: Record<string, string> = { category: 'acr-transfer-blob' };

/** All imports that the API lists, newest first. */
export async function listImports(cloud: TestStack, query = ''): Promise<ImportDocument[]> {
  const all: ImportDocument[] = [];
  for (let continuation = ''; ; ) {
    const { status, body } = await cloud.call(`/imports?limit=200${query}${continuation}`);
    if (status !== 200) throw new Error(`GET /imports: ${status} ${JSON.stringify(body)}`);
    all.push(...body.value.map((one: unknown) => importDocumentSchema.parse(one)));
    if (body.continuation === undefined) return all;
    continuation = `&continuation=${encodeURIComponent(body.continuation)}`;
  }
}

/** The imports of a blob that have ended, oldest first, once there are so many. */
export async function importsOf(cloud: TestStack, blob: string, count = 1): Promise<ImportDocument[]> {
  for (;;) {
    const found = (await listImports(cloud)).filter(({ archive }) => archive.name === blob);
    if (found.length >= count && found.every(isFinalImport)) return found.reverse();
    await sleep(100);
  }
}

/** The names of the import runs on a blob. */
export async function importRunsOf(cloud: TestStack, blob: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, properties } of cloud.pipelines('target').listRuns()) {
    if (properties.request?.source?.name === blob) names.push(name);
  }
  return names;
}

/** Runs the reconciling timer to its end. */
export async function reconcile(cloud: TestStack): Promise<void> {
  const done = async () => (await cloud.hostLog()).split('"event":"importsReconciled"').length;
  const before = await done();
  await cloud.runTimer('reconcileTimer');
  while ((await done()) === before) await sleep(50);
}

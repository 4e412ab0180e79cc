import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBlobsKey } from '../../local/app/subscribe.ts';
import type { ContainerStore } from '../../src/azure/storage.ts';
import type { ImportReport } from '../../src/domain/import-report.ts';
import { formatBlobTriggerName, formatImportId, instanceIds } from '../../src/domain/names.ts';
import { containerOf } from '../../src/domain/route.ts';
import { pushImage, type TestImage } from './images.ts';
import type { TestStack } from './stack.ts';

/** Archives that somebody else carries into the target container, and what the app makes of them. */
export interface Drops {
  /** Has the source's pipeline write an archive of `{repository}:v1`, as somebody does who wires the export alone. */
  exportArchive(repository: string, image: TestImage): Promise<Buffer>;
  /** Carries an archive to the target's container, with the metadata that a faithful copy keeps. */
  drop(blob: string, bytes: Buffer): Promise<void>;
  reports(): Promise<ImportReport[]>;
  /** Waits for the report of the import of a blob. */
  reportOf(blob: string): Promise<ImportReport>;
  importRunsOf(blob: string): Promise<string[]>;
  /** Tells the app of a blob by its webhook, as Event Grid does; gives the status of the answer. The container is the target's unless given. */
  tell(blob: string, containerUrl?: string): Promise<number>;
  /** Waits until the import of the blob as it is now has ended, whatever it decided. */
  untilSeen(blob: string): Promise<void>;
  /** Waits until Event Grid has nothing left to deliver. */
  untilDelivered(): Promise<void>;
}

export function dropsOf(cloud: TestStack): Drops {
  const target = cloud.container('target');
  const { account, container } = containerOf(cloud.route.target);
  const { url } = cloud.stack.endpoints.functions;
  const { masterKey } = cloud.stack.certificates.secrets;
  const reports = async (): Promise<ImportReport[]> => {
    const found: ImportReport[] = [];
    for await (const { name } of cloud.records.list('imports/')) {
      found.push(JSON.parse((await cloud.records.readText(name))?.text ?? 'null'));
    }
    return found;
  };
  return {
    reports,
    async exportArchive(repository, image) {
      await pushImage(cloud.stack.registry('source'), repository, 'v1', image);
      const blob = `${repository.replace(/\W/g, '')}.tar`;
      await runExport(cloud, repository, blob);
      return readAll(cloud.container('source'), blob);
    },
    async drop(blob, bytes) {
      const ids = bytes.length === 0 ? [] : [Buffer.from('block-0').toString('base64')];
      for (const id of ids) await target.stageBlock(blob, id, bytes);
      const metadata = { category: 'acr-transfer-blob' };
      await target.commitBlocks(blob, ids, { metadata, contentMd5: 'x'.repeat(22).concat('==') });
    },
    async reportOf(blob) {
      for (;;) {
        const found = (await reports()).find(({ archive }) => archive.name === blob);
        if (found) return found;
        await sleep(100);
      }
    },
    async importRunsOf(blob) {
      const names: string[] = [];
      for await (const { name, properties } of cloud.pipelines('target').listRuns()) {
        if (properties.request?.source?.name === blob) names.push(name);
      }
      return names;
    },
    async tell(blob, containerUrl = cloud.route.target.container) {
      const functionName = `Host.Functions.${formatBlobTriggerName(account, container)}`;
      const query = new URLSearchParams({ functionName, code: await readBlobsKey({ url, masterKey }) });
      const data = { url: `${containerUrl}/${blob}`, blobType: 'BlockBlob', eTag: '0x1' };
      const { status } = await fetch(`${url}/runtime/webhooks/blobs?${query}`, {
        method: 'POST',
        headers: { 'aeg-event-type': 'Notification' },
        body: JSON.stringify([{ eventType: 'Microsoft.Storage.BlobCreated', data }]),
      });
      return status;
    },
    async untilSeen(blob) {
      const etag = (await target.properties(blob))?.etag ?? '';
      const instance = instanceIds.import(formatImportId({ account, container, name: blob, etag }));
      while ((await cloud.instanceStatus(instance)) !== 'Completed') await sleep(100);
    },
    async untilDelivered() {
      while (countDeliveries(cloud.dir) > 0) await sleep(50);
    },
  };
}

async function runExport(cloud: TestStack, repository: string, blob: string): Promise<void> {
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
}

async function readAll(container: ContainerStore, blob: string): Promise<Buffer> {
  const found = await container.properties(blob);
  const chunks: Uint8Array[] = [];
  for await (const chunk of container.readRange(blob, 0, found?.sizeBytes ?? 0)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function countDeliveries(dir: string): number {
  const database = new DatabaseSync(join(dir, 'event-grid', 'event-grid.sqlite'), { readOnly: true });
  const row = database.prepare('SELECT count(*) AS count FROM deliveries').get();
  database.close();
  return Number(row?.count);
}

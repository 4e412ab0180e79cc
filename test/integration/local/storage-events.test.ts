import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { ManagedIdentityCredential } from '@azure/identity';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import type { CommittedBlob } from '../../../local/event-grid/blob-created.ts';
import { type RunningStorage, startStorage } from '../../../local/storage/server.ts';
import { type LocalBase, startLocalBase } from '../../support/local-base.ts';

const URL_OF_ACCOUNT = 'https://tgtstore.blob.target.test';

let base: LocalBase;
let storage: RunningStorage;
let container: ContainerClient;
const told: CommittedBlob[] = [];
const watcher = {
  isWanted: ({ container: name }: { container: string }) => name === 'transfer',
  publish: (blob: CommittedBlob) => {
    if (blob.blob === 'fails.tar') throw new Error('the disk is full');
    told.push(blob);
  },
};
const lines: string[] = [];

beforeAll(async () => {
  base = await startLocalBase();
  const { certificates, tokens, dir } = base;
  const ports = { port: 0, azuritePort: 0 };
  const log = (line: string) => void lines.push(line);
  storage = await startStorage({ ...ports, dir: join(dir, 'storage'), certificates, tokens, watcher, log });
  base.stopLater(storage);
  base.ports.set(new URL(URL_OF_ACCOUNT).hostname, storage.port);
  const service = new BlobServiceClient(URL_OF_ACCOUNT, new ManagedIdentityCredential());
  container = service.getContainerClient('transfer');
  await container.create();
  await service.getContainerClient('other').create();
});
afterAll(() => base?.stop());
beforeEach(() => {
  told.length = 0;
});

describe('storage tells of a blob that is committed', () => {
  it('by Put Blob, with what the caller was answered', async () => {
    const { etag, requestId, clientRequestId } = await container
      .uploadBlockBlob('by folder/ä.txt', 'four', 4, {
        blobHTTPHeaders: { blobContentType: 'text/plain' },
      })
      .then(({ response }) => response);
    expect(told).toEqual([
      {
        account: 'tgtstore',
        container: 'transfer',
        blob: 'by folder/ä.txt',
        api: 'PutBlob',
        etag,
        contentType: 'text/plain',
        contentLength: 4,
        blobType: 'BlockBlob',
        requestId,
        clientRequestId,
      },
    ]);
  });

  it('by Put Block List, with its whole length, and not by the blocks', async () => {
    const blob = container.getBlockBlobClient('blocks.tar');
    const ids = ['a', 'b'].map((id) => Buffer.from(id).toString('base64'));
    for (const id of ids) await blob.stageBlock(id, 'twelve bytes', 12);
    expect(told).toEqual([]);
    await blob.commitBlockList(ids);
    expect(told).toMatchObject([{ api: 'PutBlockList', blob: 'blocks.tar', contentLength: 24, blobType: 'BlockBlob' }]);
  });

  it('by Copy Blob, with the length of the copy', async () => {
    const source = container.getBlockBlobClient('blocks.tar').url;
    const copy = await container
      .getBlobClient('copy.tar')
      .beginCopyFromURL(source)
      .catch((error: unknown) => error);
    // The identity's token opens the target only: the source wants one of its own, so this copy is refused.
    expect(copy).toMatchObject({ code: 'CannotVerifyCopySource' });
    expect(told).toEqual([]);
    const { token } = await new ManagedIdentityCredential().getToken('https://storage.azure.com/.default');
    await container
      .getBlobClient('copy.tar')
      .syncCopyFromURL(source, { sourceAuthorization: { scheme: 'Bearer', value: token } });
    expect(told).toMatchObject([{ api: 'CopyBlob', blob: 'copy.tar', contentLength: 24 }]);
  });

  it('when an append or page blob is made, and not when it grows', async () => {
    const append = container.getAppendBlobClient('log.txt');
    await append.create();
    await append.appendBlock('line', 4);
    const page = container.getPageBlobClient('disk.vhd');
    await page.create(512);
    await page.uploadPages(Buffer.alloc(512), 0, 512);
    expect(told.map(({ blob, blobType }) => [blob, blobType])).toEqual([
      ['log.txt', 'AppendBlob'],
      ['disk.vhd', 'PageBlob'],
    ]);
  });
});

describe('storage tells nothing', () => {
  it('of metadata, properties, tags, leases, snapshots and deletes', async () => {
    const blob = container.getBlockBlobClient('changed.txt');
    await blob.upload('x', 1);
    told.length = 0;
    await blob.setMetadata({ claimed: 'yes' });
    await blob.setHTTPHeaders({ blobContentType: 'text/plain' });
    await blob.setTags({ a: 'b' });
    const lease = blob.getBlobLeaseClient();
    await lease.acquireLease(15);
    await lease.releaseLease();
    await blob.createSnapshot();
    await blob.delete({ deleteSnapshots: 'include' });
    expect(told).toEqual([]);
  });

  it('of a write that is refused, and of containers that nobody wants to hear of', async () => {
    const blob = container.getBlockBlobClient('once.txt');
    await blob.upload('x', 1);
    told.length = 0;
    const again = blob.upload('y', 1, { conditions: { ifNoneMatch: '*' } });
    await expect(again).rejects.toMatchObject({ code: 'BlobAlreadyExists' });
    const other = new BlobServiceClient(URL_OF_ACCOUNT, new ManagedIdentityCredential()).getContainerClient('other');
    await other.uploadBlockBlob('x.txt', 'x', 1);
    expect(told).toEqual([]);
  });
});

describe('a write whose event cannot be kept', () => {
  it('is answered all the same, and the log says that nobody was told', async () => {
    await container.uploadBlockBlob('fails.tar', 'x', 1);
    expect(lines.filter((line) => line.includes('no event for tgtstore/transfer/fails.tar'))).toHaveLength(1);
  });
});

describe('a writer that is gone before its answer', () => {
  it('has its event told all the same, whenever its blob is there', async () => {
    for (let count = 0; told.length < 3; count++) await writeAndLeave(`orphan${count}.tar`);
    const there: string[] = [];
    for await (const { name } of container.listBlobsFlat({ prefix: 'orphan' })) there.push(name);
    while (!there.every((name) => told.some(({ blob }) => blob === name))) await pause();
  });
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

async function writeAndLeave(name: string): Promise<void> {
  const { token } = await new ManagedIdentityCredential().getToken('https://storage.azure.com/.default');
  const call = httpsRequest({
    host: '127.0.0.1',
    port: storage.port,
    servername: 'localhost',
    ca: base.certificates.ca,
    method: 'PUT',
    path: `/transfer/${name}`,
    headers: {
      host: 'tgtstore.blob.target.test',
      authorization: `Bearer ${token}`,
      'x-ms-version': '2021-12-02',
      'x-ms-blob-type': 'BlockBlob',
      'content-length': '3',
    },
  });
  call.on('error', () => undefined);
  const gone = new Promise((resolve) => call.once('close', resolve));
  call.end('end', () => setImmediate(() => call.destroy()));
  await gone;
  await pause();
}

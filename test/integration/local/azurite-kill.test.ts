import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient, type ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { Certificates } from '../../../local/certificates.ts';
import { ensureCertificates } from '../../../local/certificates.ts';
import { type RunningAzurite, startAzurite } from '../../../local/storage/azurite.ts';
import { trustCertificates } from '../../support/trust.ts';

let dir: string;
let certificates: Certificates;
let azurite: RunningAzurite;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-'));
  certificates = await ensureCertificates(join(dir, 'certificates'));
  trustCertificates(certificates.azurite.cert);
});
afterEach(() => azurite.stop());
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function start(): Promise<ContainerClient> {
  azurite = await startAzurite({ port: azurite?.port ?? 0, dir: join(dir, 'storage'), certificates });
  const credential = new StorageSharedKeyCredential('srcstore', azurite.keys.srcstore);
  const service = new BlobServiceClient(`https://localhost:${azurite.port}/srcstore`, credential);
  return service.getContainerClient('kept');
}

async function kill(): Promise<void> {
  process.kill(azurite.pid, 'SIGKILL');
  await azurite.exited;
}

async function namesOf(container: ContainerClient): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of container.listBlobsFlat()) names.push(name);
  return names;
}

describe('Azurite, killed right after it answered,', () => {
  it('has every blob, block, change and deletion that it told of', async () => {
    const before = await start();
    await before.create();
    for (const name of ['a', 'b', 'c']) await before.getBlockBlobClient(name).upload(name, name.length);
    await before.getBlobClient('a').setMetadata({ marked: 'yes' });
    await before.deleteBlob('b');
    const staged = before.getBlockBlobClient('staged');
    await staged.stageBlock('AAAA', 'one', 3);
    await kill();

    const after = await start();
    expect(await namesOf(after)).toEqual(['a', 'c']);
    expect((await after.getBlobClient('a').getProperties()).metadata).toEqual({ marked: 'yes' });
    expect((await after.getBlobClient('c').downloadToBuffer()).toString()).toBe('c');
    const blocks = await after.getBlockBlobClient('staged').getBlockList('uncommitted');
    expect(blocks.uncommittedBlocks?.map(({ name, size }) => [name, size])).toEqual([['AAAA', 3]]);
    await after.getBlockBlobClient('staged').commitBlockList(['AAAA']);
    await kill();

    const last = await start();
    expect(await namesOf(last)).toEqual(['a', 'c', 'staged']);
    expect((await last.getBlobClient('staged').downloadToBuffer()).toString()).toBe('one');
  });

  it('keeps no journal of what its index has when it was told to stop', async () => {
    const container = await start();
    await container.getBlockBlobClient('d').upload('d', 1);
    await azurite.stop();
    expect((await readdir(join(dir, 'storage'))).filter((name) => name.includes('journal'))).toEqual([]);
    expect(await namesOf(await start())).toContain('d');
  });
});

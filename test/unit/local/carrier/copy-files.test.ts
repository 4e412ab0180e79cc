import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerClient } from '@azure/storage-blob';
import { bringFiles, takeFiles } from '../../../../local/carrier/copy-files.ts';

const URL_OF = 'https://srcstore.blob.source.test/transfer';
const md5 = (text: string) => createHash('md5').update(text).digest();
let disk: string;
beforeEach(async () => {
  disk = await mkdtemp(join(tmpdir(), 'acr-transfer-carrier-'));
});
afterEach(() => rm(disk, { recursive: true, force: true }));

/** A container of blobs by name: what it says of their MD5, and what comes. */
function containerOf(blobs: Record<string, { contentMD5: Buffer; text: string }>, put?: (...args: unknown[]) => void) {
  const container = {
    url: URL_OF,
    async *listBlobsFlat() {
      for (const [name, { contentMD5 }] of Object.entries(blobs)) yield { name, properties: { contentMD5 } };
    },
    getBlobClient: (name: string) => ({
      url: `${URL_OF}/${name}`,
      downloadToFile: (path: string) => writeFile(path, blobs[name]?.text ?? ''),
    }),
    getBlockBlobClient: (name: string) => ({
      url: `${URL_OF}/${name}`,
      uploadFile: async (_path: string, options: unknown) => put?.(name, options),
    }),
  };
  return container as unknown as ContainerClient;
}

const item = { container: URL_OF, prefix: 't-', endings: ['.tar'] };

describe('takeFiles', () => {
  it('takes what is asked for, as whole files', async () => {
    const good = { contentMD5: md5('abc'), text: 'abc' };
    const taken = await takeFiles(containerOf({ 't-1.tar': good, 't-1.json': good }), item, disk);
    expect(taken).toEqual([
      { name: 't-1.tar', bytes: 3, md5: md5('abc').toString('base64'), blob: `${URL_OF}/t-1.tar` },
    ]);
    expect(await readdir(disk)).toEqual(['t-1.tar']);
  });

  it('leaves no file of what came otherwise than the blob says', async () => {
    const bad = { contentMD5: md5('abc'), text: 'abd' };
    await expect(takeFiles(containerOf({ 't-1.tar': bad }), item, disk)).rejects.toThrow(/Content-MD5 is .*what came/);
    expect(await readdir(disk)).not.toContain('t-1.tar');
  });

  it('refuses a name that leads out of the folder', async () => {
    const blob = { contentMD5: md5('x'), text: 'x' };
    await expect(takeFiles(containerOf({ 't-/../../x.tar': blob }), item, disk)).rejects.toThrow(/no plain file name/);
  });
});

describe('bringFiles', () => {
  it('writes the files of the transfer with MD5 and metadata, and no others', async () => {
    for (const name of ['t-2.tar', 't-1.tar', 'u-1.tar', 't-3.tar.part']) await writeFile(join(disk, name), name);
    const put = jest.fn();
    const metadata = { category: 'acr-transfer-blob' };
    await bringFiles(containerOf({}, put), { ...item, metadata }, disk);
    expect(put.mock.calls.map(([name]) => name)).toEqual(['t-1.tar', 't-2.tar']);
    expect(put.mock.calls[0]?.[1]).toMatchObject({ metadata, blobHTTPHeaders: { blobContentMD5: md5('t-1.tar') } });
  });
});

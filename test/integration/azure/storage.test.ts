import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { resourcesOf } from '../../../local/names.ts';
import { startStorage } from '../../../local/storage/server.ts';
import { type ContainerStore, openContainer, openContainerWithSas } from '../../../src/azure/blobs/storage.ts';
import { mintContainerSas, probeContainerSas } from '../../../src/azure/sas/sas.ts';
import { createStateCredential } from '../../../src/azure/sign-in/credential.ts';
import { type LocalBase, startLocalBase } from '../../support/local-base.ts';

let base: LocalBase;
let source: ContainerStore;
let target: ContainerStore;
const sourceUrl = resourcesOf('source').containerUrl;
const targetUrl = resourcesOf('target').containerUrl;

beforeAll(async () => {
  base = await startLocalBase();
  const { certificates, tokens } = base;
  const storage = await startStorage({ port: 0, azuritePort: 0, dir: join(base.dir, 'blobs'), certificates, tokens });
  base.stopLater(storage);
  for (const url of [sourceUrl, targetUrl]) base.ports.set(new URL(url).hostname, storage.port);
  const credential = createStateCredential(undefined);
  source = openContainer(sourceUrl, credential, 'source');
  target = openContainer(targetUrl, credential, 'target');
});
afterAll(() => base.stop());

const blockId = (index: number) => Buffer.from(String(index).padStart(6, '0')).toString('base64');
const read = async (chunks: AsyncIterable<Uint8Array>) => {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
};
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('a container by identity', () => {
  it('is made once, and its absence is told from that of a blob', async () => {
    await expect(source.exists()).resolves.toBe(false);
    await expect(source.properties('b')).rejects.toMatchObject({ code: 'ContainerNotFound', class: 'service' });
    await expect(all(source.list())).rejects.toMatchObject({ code: 'ContainerNotFound' });
    for (const store of [source, source, target]) await store.ensureExists();
    await expect(source.exists()).resolves.toBe(true);
    await expect(source.properties('b')).resolves.toBeUndefined();
    await expect(source.readText('b')).resolves.toBeUndefined();
  });

  it('writes a text only under its condition', async () => {
    const first = await source.writeText('state/ä b.json', '{"a":"ä"}', { ifNoneMatch: '*' });
    await expect(source.writeText('state/ä b.json', 'x', { ifNoneMatch: '*' })).resolves.toBe('conflict');
    const found = await source.readText('state/ä b.json');
    expect(found).toEqual({ text: '{"a":"ä"}', etag: first === 'conflict' ? '' : first.etag });
    const second = await source.writeText('state/ä b.json', '{}', { ifMatch: found?.etag ?? '' });
    expect(second).not.toBe('conflict');
    await expect(source.writeText('state/ä b.json', 'x', { ifMatch: found?.etag ?? '' })).resolves.toBe('conflict');
    await expect(source.writeText('absent.json', 'x', { ifMatch: found?.etag ?? '' })).resolves.toBe('conflict');
    await expect(source.readText('state/ä b.json')).resolves.toMatchObject({ text: '{}' });
  });

  it('lists by prefix with metadata and ETags that conditions take', async () => {
    await source.writeText('list/1', 'one');
    await source.writeText('list/2', 'two!');
    const [one, two, ...rest] = await all(source.list('list/'));
    expect(rest).toEqual([]);
    expect([one?.name, two?.name, two?.sizeBytes]).toEqual(['list/1', 'list/2', 4]);
    expect(one?.etag).toBe((await source.properties('list/1'))?.etag);
    const set = await source.setMetadata('list/1', { category: 'x' }, one?.etag ?? '');
    expect(set).not.toBe('conflict');
    await expect(source.setMetadata('list/1', {}, one?.etag ?? '')).resolves.toBe('conflict');
    const [changed] = await all(source.list('list/1'));
    expect(changed?.metadata).toEqual({ category: 'x' });
  });

  it('deletes what is there, and what is not', async () => {
    await source.writeText('gone', 'x');
    await source.delete('gone');
    await source.delete('gone');
    await expect(source.properties('gone')).resolves.toBeUndefined();
  });
});

describe('a copy in blocks', () => {
  const bytes = Buffer.alloc(3 * 1024 * 1024, 'acr-transfer ');
  const contentMd5 = createHash('md5').update(bytes).digest('base64');
  const name = 'archive.tar';

  beforeAll(async () => {
    await source.ensureExists();
    await target.ensureExists();
    await source.stageBlock(name, blockId(0), bytes);
    const metadata = { category: 'acr-transfer-blob' };
    await source.commitBlocks(name, [blockId(0)], { contentMd5, metadata, contentType: 'application/x-tar' });
  });

  it('goes from cloud to cloud by the service, and keeps MD5, metadata and type', async () => {
    const found = await source.properties(name);
    expect(found).toMatchObject({ contentMd5, contentType: 'application/x-tar', sizeBytes: bytes.length });
    const from = `${source.urlOf(name)}?${await source.createReadSas(name, 60)}`;
    const half = bytes.length / 2;
    await target.stageBlockFromUrl('copy.tar', blockId(0), from, 0, half, found?.etag);
    await target.stageBlockFromUrl('copy.tar', blockId(1), from, half, half, found?.etag);
    await expect(target.stagedBlocks('copy.tar')).resolves.toEqual([
      { id: blockId(0), sizeBytes: half },
      { id: blockId(1), sizeBytes: half },
    ]);
    const options = { contentMd5, metadata: found?.metadata ?? {}, ifNoneMatch: '*' as const };
    await expect(target.commitBlocks('copy.tar', [blockId(0), blockId(1)], options)).resolves.toHaveProperty('etag');
    await expect(target.stagedBlocks('copy.tar')).resolves.toEqual([]);
    await expect(target.properties('copy.tar')).resolves.toMatchObject({
      contentMd5,
      metadata: { category: 'acr-transfer-blob' },
    });
    expect((await read(target.readRange('copy.tar', 0, bytes.length))).equals(bytes)).toBe(true);
    await target.stageBlock('copy.tar', blockId(0), Buffer.from('other'));
    await expect(target.commitBlocks('copy.tar', [blockId(0)], options)).resolves.toBe('conflict');
  });

  it('blames the source for a token that is not good for it', async () => {
    const foreign = `${source.urlOf(name)}?${await source.createReadSas('other.tar', 60)}`;
    await expect(target.stageBlockFromUrl('bad.tar', blockId(0), foreign, 0, 10)).rejects.toMatchObject({
      class: 'access',
      code: 'CannotVerifyCopySource',
      side: 'source',
    });
  });

  it('reads a range, and none of a blob that has changed', async () => {
    const etag = (await source.properties(name))?.etag;
    expect((await read(source.readRange(name, 100, 50, etag))).equals(bytes.subarray(100, 150))).toBe(true);
    await expect(read(source.readRange(name, 0, 1, '"0x0"'))).rejects.toMatchObject({ class: 'conflict' });
  });
});

describe('a SAS token', () => {
  const mint = (permissions: string, lifeMinutes = 60, fromMinutes = -5) => {
    const now = Date.now();
    return mintContainerSas({
      containerUrl: sourceUrl,
      credential: createStateCredential(undefined),
      permissions,
      startsAt: new Date(now + fromMinutes * 60_000),
      expiresAt: new Date(now + lifeMinutes * 60_000),
    });
  };

  beforeAll(() => source.ensureExists());

  it('gives what it was minted for and nothing more', async () => {
    const token = await mint('alrw');
    expect(Object.fromEntries(new URLSearchParams(token))).toMatchObject({ sr: 'c', spr: 'https' });
    await expect(probeContainerSas(sourceUrl, `?${token}`, 'alrw')).resolves.toEqual({ ok: true });
    await expect(probeContainerSas(sourceUrl, token, 'dlr')).resolves.toMatchObject({
      ok: false,
      permission: 'd',
      status: 403,
      code: 'AuthorizationPermissionMismatch',
    });
    await expect(probeContainerSas(sourceUrl, await mint('dlr'), 'alrw')).resolves.toMatchObject({ permission: 'a' });
    const store = openContainerWithSas(sourceUrl, token);
    await expect(store.writeText('by-sas', 'x')).resolves.toHaveProperty('etag');
    await expect(store.readText('by-sas')).resolves.toMatchObject({ text: 'x' });
  });

  it('leaves no blob behind when it is probed', async () => {
    const before = (await all(source.list())).map((blob) => blob.name);
    await probeContainerSas(sourceUrl, await mint('adlrw'), 'adlrw');
    expect((await all(source.list())).map((blob) => blob.name)).toEqual(before);
  });

  it('is refused before it begins, and for another container', async () => {
    await expect(probeContainerSas(sourceUrl, await mint('lr', 60, 30), 'l')).resolves.toMatchObject({
      ok: false,
      status: 403,
    });
    await expect(probeContainerSas(targetUrl, await mint('lr'), 'l')).resolves.toMatchObject({
      ok: false,
      status: 403,
    });
  });

  it('lives for six days from a start in the past', async () => {
    await expect(probeContainerSas(sourceUrl, await mint('lr', 6 * 1440), 'lr')).resolves.toEqual({ ok: true });
  });
});

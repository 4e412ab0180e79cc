import { openContainer, openContainerWithSas, type SignedContainerStore } from '../../../../src/azure/blobs/storage.ts';
import { type FakeService, fixedCredential, type Reply, startFakeService } from '../fake-service.ts';

let service: FakeService;
let store: SignedContainerStore;

beforeAll(async () => {
  service = await startFakeService();
  store = openContainer(`https://127.0.0.1:${service.port}/acct/box/`, fixedCredential(), 'target');
});
afterAll(() => service.stop());
beforeEach(() => {
  service.seen = [];
});

const refuse = (status: number, code: string): Reply => ({
  status,
  headers: { 'x-ms-error-code': code, 'content-type': 'application/xml', 'x-ms-request-id': 'r-1' },
  text: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>because</Message></Error>`,
});
const written: Reply = { status: 201, headers: { etag: '"0x1"' } };
const read = async (chunks: AsyncIterable<Uint8Array>) => {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
};

describe('ContainerStore names', () => {
  it('has URLs without a query and encodes names', () => {
    expect(store.url).toBe(`https://127.0.0.1:${service.port}/acct/box`);
    expect(store.urlOf('a b/ä?#.tar')).toBe(`${store.url}/a%20b/%C3%A4%3F%23.tar`);
  });
});

describe('ContainerStore.properties', () => {
  it('is undefined for a missing blob and an error for a missing container', async () => {
    service.reply = () => ({ status: 404, headers: { 'x-ms-error-code': 'BlobNotFound' } });
    await expect(store.properties('b')).resolves.toBeUndefined();
    service.reply = () => ({ status: 404, headers: { 'x-ms-error-code': 'ContainerNotFound' } });
    await expect(store.properties('b')).rejects.toMatchObject({ code: 'ContainerNotFound', side: 'target' });
  });
});

describe('ContainerStore.writeText', () => {
  it('is a conflict when the condition does not hold', async () => {
    service.reply = () => refuse(409, 'BlobAlreadyExists');
    await expect(store.writeText('b', 'x', { ifNoneMatch: '*' })).resolves.toBe('conflict');
    expect(service.seen[0]?.headers['if-none-match']).toBe('*');
    service.reply = () => refuse(412, 'ConditionNotMet');
    await expect(store.writeText('b', 'x', { ifMatch: '"0x0"' })).resolves.toBe('conflict');
    expect(service.seen[1]?.headers['if-match']).toBe('"0x0"');
  });

  it('is an error when a write without a condition meets a conflict, or a condition meets another one', async () => {
    service.reply = () => refuse(409, 'BlobAlreadyExists');
    await expect(store.writeText('b', 'x')).rejects.toMatchObject({ class: 'conflict', code: 'BlobAlreadyExists' });
    service.reply = () => refuse(412, 'LeaseIdMissing');
    await expect(store.writeText('b', 'x', { ifMatch: '"1"' })).rejects.toMatchObject({ code: 'LeaseIdMissing' });
  });

  it('sends text as UTF-8 with the type of its name', async () => {
    service.reply = () => written;
    await expect(store.writeText('b.json', '"ä"')).resolves.toEqual({ etag: '"0x1"' });
    expect(service.seen[0]).toMatchObject({
      body: '"ä"',
      headers: { 'x-ms-blob-content-type': 'application/json; charset=utf-8', 'content-length': '4' },
    });
  });
});

describe('ContainerStore.setMetadata', () => {
  it('is a conflict when the blob is gone', async () => {
    service.reply = () => refuse(404, 'BlobNotFound');
    await expect(store.setMetadata('b', { a: '1' }, '"0x1"')).resolves.toBe('conflict');
    expect(service.seen[0]?.headers).toMatchObject({ 'x-ms-meta-a': '1', 'if-match': '"0x1"' });
  });
});

describe('ContainerStore.delete', () => {
  it('takes a missing blob for deleted, not a refusal', async () => {
    service.reply = () => refuse(404, 'BlobNotFound');
    await expect(store.delete('b')).resolves.toBeUndefined();
    service.reply = () => refuse(403, 'AuthorizationPermissionMismatch');
    await expect(store.delete('b')).rejects.toMatchObject({ class: 'access', correlationId: 'r-1' });
  });
});

describe('ContainerStore.stageBlockFromUrl', () => {
  const source = 'https://src.blob.source.test/c/b?sv=1&sig=SECRET';

  it('asks for the range, only while the source has the ETag', async () => {
    service.reply = () => written;
    await store.stageBlockFromUrl('b', 'AAAA', source, 8, 4, '"0x7"');
    await store.stageBlockFromUrl('b', 'AAAA', source, 0, 8);
    expect(service.seen[0]).toMatchObject({
      query: { comp: 'block', blockid: 'AAAA' },
      headers: {
        'x-ms-copy-source': source,
        'x-ms-source-range': 'bytes=8-11',
        'x-ms-source-if-match': '"0x7"',
        authorization: 'Bearer entra-token',
      },
    });
    expect(service.seen[1]?.headers['x-ms-source-if-match']).toBeUndefined();
    expect(service.seen[1]?.headers['x-ms-source-range']).toBe('bytes=0-7');
  });

  it('blames the source side, without its signature', async () => {
    service.reply = () => refuse(403, 'CannotVerifyCopySource');
    const failed = store.stageBlockFromUrl('b', 'AAAA', source, 0, 4);
    await expect(failed).rejects.toMatchObject({ class: 'access', side: 'source', code: 'CannotVerifyCopySource' });
    await expect(failed).rejects.toThrow(/copy 4 bytes from 0 of https:\/\/src\.blob\.source\.test\/c\/b on/);
    await expect(failed).rejects.not.toThrow(/SECRET/);
  });
});

describe('ContainerStore.stagedBlocks', () => {
  it('is empty for a blob that nothing was staged for', async () => {
    service.reply = () => refuse(404, 'BlobNotFound');
    await expect(store.stagedBlocks('b')).resolves.toEqual([]);
  });
});

describe('ContainerStore.readRange', () => {
  const bytes = 'abcdefghijklmnop';
  const serveRange = (text: string, breaksOff = false): Reply => ({
    status: 206,
    headers: { etag: '"0x1"', 'content-length': '8', 'content-range': 'bytes 4-11/16' },
    text,
    breaksOff,
  });

  it('asks for the range under the ETag', async () => {
    service.reply = () => serveRange(bytes.slice(4, 12));
    await expect(read(store.readRange('b', 4, 8, '"0x1"'))).resolves.toBe('efghijkl');
    expect(service.seen[0]?.headers).toMatchObject({ 'x-ms-range': 'bytes=4-11', 'if-match': '"0x1"' });
  });

  it('takes up a connection that broke where it broke', async () => {
    service.reply = (request) => {
      if (request.headers['x-ms-range'] === 'bytes=4-11') return serveRange('efg', true);
      return {
        status: 206,
        headers: { etag: '"0x1"', 'content-length': '5', 'content-range': 'bytes 7-11/16' },
        text: 'hijkl',
      };
    };
    await expect(read(store.readRange('b', 4, 8))).resolves.toBe('efghijkl');
    expect(service.seen.map((each) => each.headers['x-ms-range'])).toEqual(['bytes=4-11', 'bytes=7-11']);
    // Resumed bytes must be of the blob that was begun.
    expect(service.seen[1]?.headers['if-match']).toBe('"0x1"');
  });

  it('asks nothing for no bytes', async () => {
    await expect(read(store.readRange('b', 4, 0))).resolves.toBe('');
    expect(service.seen).toHaveLength(0);
  });

  it('is a conflict when the blob has changed', async () => {
    service.reply = () => refuse(412, 'ConditionNotMet');
    await expect(read(store.readRange('b', 0, 1, '"x"'))).rejects.toMatchObject({
      class: 'conflict',
      code: 'ConditionNotMet',
    });
  });
});

describe('openContainerWithSas', () => {
  it('signs with the token, with or without its question mark, and never names it', async () => {
    service.reply = () => refuse(403, 'AuthenticationFailed');
    for (const token of ['?sv=1&sig=SECRET', 'sv=1&sig=SECRET']) {
      const failed = openContainerWithSas(`https://127.0.0.1:${service.port}/acct/box`, token).readText('b');
      await expect(failed).rejects.toMatchObject({ class: 'access', message: expect.not.stringContaining('SECRET') });
    }
    expect(service.seen.map(({ query, headers }) => [query.sv, query.sig, headers.authorization])).toEqual([
      ['1', 'SECRET', undefined],
      ['1', 'SECRET', undefined],
    ]);
  });
});

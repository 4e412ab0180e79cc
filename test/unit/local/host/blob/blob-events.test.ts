import fc from 'fast-check';
import {
  MalformedEventError,
  parseBlobEvents,
  parseValidationCode,
} from '../../../../../local/host/blob/blob-events.ts';

const DATA = {
  api: 'PutBlockList',
  eTag: '0x8D4BCC2E4835CD0',
  blobType: 'BlockBlob',
  url: 'https://store.blob.core.windows.net/landing/folder/a%20b%C3%A4.tar',
};
const BLOB = {
  container: 'landing',
  blobName: 'folder/a bä.tar',
  etag: '"0x8D4BCC2E4835CD0"',
  blobType: 'BlockBlob',
};
const event = (data: object) => ({ id: '1', eventType: 'Microsoft.Storage.BlobCreated', data });
const parse = (value: unknown) => parseBlobEvents(JSON.stringify(value));

describe('parseBlobEvents', () => {
  it('reads an array in Event Grid schema, and a single CloudEvent', () => {
    const page = { ...DATA, url: 'https://store.blob.core.windows.net/c/p', blobType: 'PageBlob' };
    const second = { ...BLOB, container: 'c', blobName: 'p', blobType: 'PageBlob' };
    expect(parse([event(DATA), event(page)])).toEqual([BLOB, second]);
    expect(parse({ specversion: '1.0', type: 'Microsoft.Storage.BlobCreated', data: DATA })).toEqual([BLOB]);
    expect(parse([])).toEqual([]);
  });

  it('takes an ETag with its quotes, and none', () => {
    const etagOf = (eTag: string | undefined) => parse([event({ ...DATA, eTag })])[0]?.etag;
    expect([etagOf('"0x1"'), etagOf('0x1'), etagOf(undefined)]).toEqual(['"0x1"', '"0x1"', '']);
  });

  it('finds the container behind the account where the URL has an address for a name', () => {
    const [found] = parse([event({ ...DATA, url: 'https://127.0.0.1:10000/devstore/landing/x.tar' })]);
    expect(found).toMatchObject({ container: 'landing', blobName: 'x.tar' });
  });

  it.each([
    ['no JSON', '{', 'the body is not valid JSON'],
    ['text', '"hello"', 'event 0'],
    ['an event without data', JSON.stringify([event(DATA), { id: 'x' }]), 'event 1: data'],
    ['no URL', JSON.stringify([event({ ...DATA, url: 'landing/x' })]), "data.url is 'landing/x'"],
    ['a container', JSON.stringify([event({ ...DATA, url: 'https://a.b/landing' })]), 'allowed: the URL of a blob'],
    ['a broken escape', JSON.stringify([event({ ...DATA, url: 'https://a.b/c/%ff' })]), 'allowed: the URL of a blob'],
    ['an unknown type', JSON.stringify([event({ ...DATA, blobType: 'Folder' })]), 'event 0: data.blobType'],
  ])('refuses %s, saying what it found', (_what, body, message) => {
    expect(() => parseBlobEvents(body)).toThrow(MalformedEventError);
    expect(() => parseBlobEvents(body)).toThrow(message);
  });

  it('gives every blob name back, however it is encoded in the URL', () => {
    // '.' and '..' as whole segments are no URL of that blob for anybody.
    const name = fc
      .array(
        fc.string({ unit: 'grapheme', minLength: 1 }).filter((part) => !/^\.{1,2}$|[/]/.test(part)),
        { minLength: 1 },
      )
      .map((parts) => parts.join('/'));
    fc.assert(
      fc.property(name, (blobName) => {
        const url = `https://store.blob.core.windows.net/c/${blobName.split('/').map(encodeURIComponent).join('/')}`;
        expect(parse([event({ ...DATA, url })])).toEqual([{ ...BLOB, container: 'c', blobName }]);
      }),
    );
  });
});

describe('parseValidationCode', () => {
  it('reads it from an event, and from the JSON within a CloudEvent', () => {
    const data = { validationCode: 'the code' };
    expect(parseValidationCode(JSON.stringify([{ data }]))).toBe('the code');
    expect(parseValidationCode(JSON.stringify({ data: JSON.stringify(data) }))).toBe('the code');
    expect(parseValidationCode(JSON.stringify({ data }))).toBe('the code');
  });

  it.each(['', '[]', '[{}]', '{}', '{"data":"no"}', '[{"data":{"validationCode":1}}]'])('refuses %s', (body) => {
    expect(() => parseValidationCode(body)).toThrow(MalformedEventError);
  });
});

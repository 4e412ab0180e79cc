import { TransferError } from '../../../../src/domain/errors.ts';
import { digestOf } from '../../../../src/oci/digest.ts';
import { seededBytes } from '../../../support/images.ts';
import {
  type Fault,
  type MemoryRegistry,
  type MemoryRegistryOptions,
  startMemoryRegistry,
} from '../../../support/memory-registry.ts';
import { collect, streamOf } from '../../../support/streams.ts';
import { clientOf, seenBy } from './support.ts';

const bytes = seededBytes(1, 300_000);
const blob = { digest: digestOf(bytes), size: bytes.length };
const started: MemoryRegistry[] = [];

async function start(options: MemoryRegistryOptions = {}): Promise<MemoryRegistry> {
  const registry = await startMemoryRegistry(options);
  started.push(registry);
  return registry;
}

afterEach(async () => {
  for (const registry of started.splice(0)) await registry.close();
});

describe('reading blobs', () => {
  const startWithBlob = async (options: MemoryRegistryOptions = {}) => {
    const registry = await start(options);
    registry.blobs.set(`a@${blob.digest}`, bytes);
    return registry;
  };

  it('reads the whole, a range, and an empty blob', async () => {
    const registry = await startWithBlob();
    const empty = { digest: digestOf(Buffer.alloc(0)), size: 0 };
    registry.blobs.set(`a@${empty.digest}`, Buffer.alloc(0));
    const client = clientOf(registry);
    expect((await collect(client.readBlob('a', blob))).equals(bytes)).toBe(true);
    expect(
      (await collect(client.readBlob('a', blob, { offset: 1000, length: 70_000 }))).equals(
        bytes.subarray(1000, 71_000),
      ),
    ).toBe(true);
    expect(await collect(client.readBlob('a', blob, { offset: 5, length: 0 }))).toHaveLength(0);
    expect(await collect(client.readBlob('a', empty))).toHaveLength(0);
  });

  it('reads a range from a registry that ignores ranges', async () => {
    const registry = await startWithBlob({ ignoresRanges: true });
    const part = await collect(clientOf(registry).readBlob('a', blob, { offset: 150_000, length: 1000 }));
    expect(part.equals(bytes.subarray(150_000, 151_000))).toBe(true);
  });

  it('refuses a range outside the blob without asking', async () => {
    const registry = await startWithBlob();
    await expect(collect(clientOf(registry).readBlob('a', blob, { offset: 1, length: blob.size }))).rejects.toThrow(
      RangeError,
    );
    expect(registry.requests).toEqual([]);
  });

  it('resumes by range where the connection was cut, and still verifies the whole', async () => {
    const registry = await startWithBlob();
    const faults: (Fault | undefined)[] = [{ cutAfterBytes: 100_000 }, { status: 500 }, { cutAfterBytes: 50_000 }];
    registry.fault = () => faults.shift();
    expect((await collect(clientOf(registry).readBlob('a', blob))).equals(bytes)).toBe(true);
    const ranges = registry.requests.map(({ headers }) => headers.range);
    expect(ranges[0]).toBeUndefined();
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-299999$/.test(range ?? ''))).toBe(true);
  });

  it('goes on for as long as each connection brings something, but not for ever', async () => {
    const registry = await startWithBlob();
    let cuts = 8;
    registry.fault = () => (cuts-- > 0 ? { cutAfterBytes: 10_000 } : undefined);
    expect((await collect(clientOf(registry).readBlob('a', blob))).equals(bytes)).toBe(true);
    registry.requests.length = 0;
    registry.fault = () => ({ cutAfterBytes: 1 });
    await expect(collect(clientOf(registry).readBlob('a', blob))).rejects.toMatchObject({ class: 'transient' });
    expect(registry.requests).toHaveLength(30);
  });

  it('gives up with a transient error when no byte comes any more', async () => {
    const registry = await startWithBlob();
    let isFirst = true;
    registry.fault = () => {
      const fault = { cutAfterBytes: isFirst ? 100_000 : 0 };
      isFirst = false;
      return fault;
    };
    await expect(collect(clientOf(registry).readBlob('a', blob))).rejects.toMatchObject({
      class: 'transient',
      code: 'CONNECTION_FAILED',
    });
  });

  it('holds the last bytes back when the digest is wrong', async () => {
    const registry = await startWithBlob();
    const wrong = Buffer.from(bytes);
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
    registry.fault = () => ({ replaceWith: wrong });
    let receivedBytes = 0;
    const read = async () => {
      for await (const chunk of clientOf(registry).readBlob('a', blob)) receivedBytes += chunk.length;
    };
    await expect(read()).rejects.toMatchObject({ class: 'artifact', code: 'DIGEST_MISMATCH' });
    expect(receivedBytes).toBeLessThan(blob.size);
  });

  it.each([
    ['shorter', bytes.subarray(1)],
    ['longer', Buffer.concat([bytes, Buffer.alloc(1)])],
  ])('refuses a blob that is %s than stated, read whole or in part', async (_, other) => {
    const registry = await startWithBlob();
    registry.fault = () => ({ replaceWith: other });
    const client = clientOf(registry);
    const expected = { class: 'artifact', code: 'SIZE_MISMATCH' };
    await expect(collect(client.readBlob('a', blob))).rejects.toMatchObject(expected);
    await expect(collect(client.readBlob('a', blob, { offset: 10, length: 20 }))).rejects.toMatchObject(expected);
  });

  it('refuses a range that starts beyond what the registry has', async () => {
    const registry = await startWithBlob();
    registry.fault = () => ({ replaceWith: bytes.subarray(0, 100) });
    const read = collect(clientOf(registry).readBlob('a', blob, { offset: 200, length: 20 }));
    await expect(read).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  });

  it('tells a missing blob by the registry code', async () => {
    const read = collect(clientOf(await start()).readBlob('a', blob));
    await expect(read).rejects.toMatchObject({ class: 'artifact', code: 'BLOB_UNKNOWN' });
  });

  it('follows a redirect to another host without its credentials', async () => {
    const store = await start();
    store.blobs.set(`store@${blob.digest}`, bytes);
    const registry = await startWithBlob({ auth: 'bearer', redirectBlobsTo: `${store.endpoint}/v2/store/blobs/` });
    expect(
      (await collect(clientOf(registry).readBlob('a', blob, { offset: 0, length: 10 }))).equals(bytes.subarray(0, 10)),
    ).toBe(true);
    expect(registry.requests.at(-1)?.headers.authorization).toMatch(/^Bearer /);
    expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    expect(store.requests[0]?.headers.range).toBe('bytes=0-9');
  });

  it('keeps its credentials on a redirect within the registry', async () => {
    const registry = await startWithBlob({ auth: 'bearer' });
    registry.blobs.set(`a@moved`, bytes);
    registry.fault = ({ url }) =>
      url.endsWith(blob.digest) ? { status: 302, headers: { location: '/v2/a/blobs/moved' } } : undefined;
    expect((await collect(clientOf(registry).readBlob('a', blob))).equals(bytes)).toBe(true);
  });

  it('does not follow redirects round in a circle', async () => {
    const registry = await startWithBlob();
    registry.fault = ({ url }) => ({ status: 307, headers: { location: url } });
    await expect(collect(clientOf(registry).readBlob('a', blob))).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' });
  });
});

describe('uploading blobs', () => {
  const content = () => streamOf(bytes.subarray(0, 1000), Buffer.alloc(0), bytes.subarray(1000));

  it('streams with HEAD, POST and PUT, and next time sees that it is there', async () => {
    const registry = await start();
    const client = clientOf(registry);
    await expect(client.uploadBlob('a', blob, content)).resolves.toBe('uploaded');
    expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD', 'POST', 'PUT']);
    expect(registry.blobs.get(`a@${blob.digest}`)?.equals(bytes)).toBe(true);
    await expect(client.uploadBlob('a', blob, content)).resolves.toBe('existed');
    await expect(client.hasBlob('a', blob.digest)).resolves.toBe(true);
    await expect(client.hasBlob('b', blob.digest)).resolves.toBe(false);
  });

  it('uploads an empty blob and one with a sha512 digest', async () => {
    const registry = await start();
    const empty = { digest: digestOf(Buffer.alloc(0)), size: 0 };
    const sha512 = { digest: digestOf(bytes, 'sha512'), size: bytes.length };
    await expect(clientOf(registry).uploadBlob('a', empty, () => streamOf())).resolves.toBe('uploaded');
    await expect(clientOf(registry).uploadBlob('a', sha512, content)).resolves.toBe('uploaded');
    expect([...registry.blobs.keys()]).toEqual([`a@${empty.digest}`, `a@${sha512.digest}`]);
  });

  it.each([
    ['other bytes', () => streamOf(seededBytes(2, blob.size)), 'DIGEST_MISMATCH'],
    ['too few bytes', () => streamOf(bytes.subarray(1)), 'SIZE_MISMATCH'],
    ['too many bytes', () => streamOf(bytes, Buffer.alloc(1)), 'SIZE_MISMATCH'],
  ])('leaves nothing behind when it is given %s', async (_, wrong, code) => {
    const registry = await start();
    await expect(clientOf(registry).uploadBlob('a', blob, wrong)).rejects.toMatchObject({ class: 'artifact', code });
    expect(registry.blobs.size).toBe(0);
    expect(registry.uploads.size).toBe(0);
  });

  it('refuses bytes for an empty blob', async () => {
    const registry = await start();
    const empty = { digest: digestOf(Buffer.alloc(0)), size: 0 };
    await expect(clientOf(registry).uploadBlob('a', empty, content)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  });

  it.each<[string, Fault]>([
    ['a cut connection', { cutAfterBytes: 0 }],
    ['a 503', { status: 503 }],
    ['a token that ran out', { status: 401 }],
  ])('sends the content once more after %s', async (_, fault) => {
    const registry = await start();
    const faults = [fault];
    registry.fault = ({ method }) => (method === 'PUT' ? faults.shift() : undefined);
    let calls = 0;
    const counted = () => {
      calls += 1;
      return content();
    };
    await expect(clientOf(registry).uploadBlob('a', blob, counted)).resolves.toBe('uploaded');
    expect(calls).toBe(2);
    expect(registry.uploads.size).toBe(0);
  });

  it('gives up after the second try', async () => {
    const registry = await start();
    registry.fault = ({ method }) => (method === 'PUT' ? { status: 500 } : undefined);
    await expect(clientOf(registry).uploadBlob('a', blob, content)).rejects.toMatchObject({
      class: 'transient',
      code: 'HTTP_500',
    });
    expect(seenBy(registry).filter((seen) => seen.startsWith('PUT'))).toHaveLength(2);
  });

  it('throws the error of the content itself, and tries again only if that may help', async () => {
    const registry = await start();
    const error = new TransferError('the archive is cut', { class: 'artifact', code: 'ARCHIVE_TRUNCATED' });
    async function* broken() {
      yield bytes.subarray(0, 10);
      throw error;
    }
    await expect(clientOf(registry).uploadBlob('a', blob, broken)).rejects.toBe(error);
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('never sends content to an upload location elsewhere', async () => {
    const elsewhere = await start();
    const registry = await start();
    registry.fault = ({ method }) =>
      method === 'POST'
        ? { status: 202, headers: { location: `${elsewhere.endpoint}/v2/a/blobs/uploads/1` } }
        : undefined;
    await expect(clientOf(registry).uploadBlob('a', blob, content)).rejects.toMatchObject({ code: 'FOREIGN_ORIGIN' });
    expect(elsewhere.requests).toEqual([]);
  });

  it('mounts where the registry can, and cancels the upload that it gets instead', async () => {
    for (const canMount of [true, false]) {
      const registry = await start({ canMount });
      registry.blobs.set(`a@${blob.digest}`, bytes);
      await expect(clientOf(registry).mountBlob('b', blob.digest, 'a')).resolves.toBe(canMount);
      expect(registry.blobs.has(`b@${blob.digest}`)).toBe(canMount);
      expect(registry.uploads.size).toBe(0);
    }
  });
});

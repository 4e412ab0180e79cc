import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { sendRaw } from '../../../support/raw-request.ts';
import type { Answer, RegistryFixture } from './registry-fixture.ts';
import { BASIC, basic, digestOf, LOGIN_SERVER, pushBlob, startFixture, TOKENS } from './registry-fixture.ts';

const REPOSITORY = 'team/app';
const BYTES = Buffer.from('0123456789');
const DIGEST = digestOf(BYTES);

let registry: RegistryFixture;

beforeEach(async () => {
  registry = await startFixture();
});

afterEach(async () => {
  await registry?.stop();
});

async function start(repository = REPOSITORY): Promise<string> {
  const answer = await registry.call('POST', `/v2/${repository}/blobs/uploads/`);
  expect([answer.status, answer.headers.range]).toEqual([202, '0-0']);
  return String(answer.headers.location);
}

function put(location: string, digest: string, options: { body?: Buffer; headers?: Record<string, string> } = {}) {
  return registry.call('PUT', `${location}&digest=${encodeURIComponent(digest)}`, options);
}

function patch(location: string, body: Buffer | Readable, range?: string): Promise<Answer> {
  return registry.call('PATCH', location, { body, headers: range === undefined ? {} : { 'content-range': range } });
}

async function read(digest: string, repository = REPOSITORY): Promise<Answer> {
  return await registry.call('GET', `/v2/${repository}/blobs/${digest}`);
}

async function stagedFiles(): Promise<string[]> {
  return await readdir(join(registry.dir, 'staging'));
}

describe('an upload', () => {
  it('takes a whole blob after its start, at a location without a host', async () => {
    const location = await start();
    const answer = await put(location, DIGEST, { body: BYTES });

    expect(location).toMatch(/^\/v2\/team\/app\/blobs\/uploads\/[^/]+\?/);
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({
      location: `/v2/${REPOSITORY}/blobs/${DIGEST}`,
      'docker-content-digest': DIGEST,
    });
    expect((await read(DIGEST)).bytes).toEqual(BYTES);
    expect(await stagedFiles()).toEqual([]);
  });

  it('takes a whole blob in its first request', async () => {
    expect(await pushBlob(registry, REPOSITORY, BYTES)).toBe(DIGEST);
    expect((await read(DIGEST)).bytes).toEqual(BYTES);
  });

  it('takes chunks, with and without ranges, the last one with its end', async () => {
    const location = await start();
    const first = await patch(location, BYTES.subarray(0, 4), '0-3');
    const second = await patch(location, Readable.from([BYTES.subarray(4, 6), BYTES.subarray(6, 7)]));
    const last = await put(location, DIGEST, { body: BYTES.subarray(7), headers: { 'content-range': '7-9' } });

    expect([first.status, first.headers.range]).toEqual([202, '0-3']);
    expect([second.status, second.headers.range]).toEqual([202, '0-6']);
    expect(last.status).toBe(201);
    expect((await read(DIGEST)).bytes).toEqual(BYTES);
  });

  it('takes an empty blob', async () => {
    const digest = digestOf('');
    expect((await put(await start(), digest)).status).toBe(201);
    const answer = await read(digest);
    expect([answer.status, answer.headers['content-length'], answer.bytes.length]).toEqual([200, '0', 0]);
  });

  it.each(['at its start', 'after chunks'])('takes a sha512 digest %s', async (when) => {
    const digest = digestOf(BYTES, 'sha512');
    const location = await start();
    if (when === 'after chunks') await patch(location, BYTES.subarray(0, 5));
    const rest = when === 'after chunks' ? BYTES.subarray(5) : BYTES;

    expect((await put(location, digest, { body: rest })).status).toBe(201);
    expect((await read(digest)).bytes).toEqual(BYTES);
  });

  it('refuses a chunk that does not begin where the upload stands, and goes on from there', async () => {
    const location = await start();
    await patch(location, BYTES.subarray(0, 4), '0-3');
    const gap = await patch(location, BYTES.subarray(6), '6-9');
    const again = await patch(location, BYTES.subarray(0, 4), '0-3');
    const status = await registry.call('GET', location);

    expect([gap.status, gap.code]).toEqual([416, 'RANGE_INVALID']);
    expect(gap.headers).toMatchObject({ location, range: '0-3' });
    expect(again.status).toBe(416);
    expect([status.status, status.headers.range]).toEqual([204, '0-3']);
    expect((await put(location, DIGEST, { body: BYTES.subarray(4) })).status).toBe(201);
  });

  it.each(['3-0', 'bytes', '0-5', '-3'])('refuses the range %s of four bytes', async (range) => {
    const answer = await patch(await start(), BYTES.subarray(0, 4), range);
    expect([answer.status, answer.code]).toEqual([416, 'RANGE_INVALID']);
  });

  it('refuses a chunk of unknown length that is not as long as its range', async () => {
    const answer = await patch(await start(), Readable.from([BYTES.subarray(0, 4)]), '0-7');
    expect([answer.status, answer.code]).toEqual([400, 'SIZE_INVALID']);
  });

  it('goes on after a broken connection from the byte that its status says', async () => {
    const location = await start();
    const broken = Readable.from(
      (async function* () {
        yield BYTES.subarray(0, 4);
        await untilReceived(location, '0-3');
        throw new Error('cut');
      })(),
    );
    await expect(patch(location, broken)).rejects.toThrow();

    expect((await registry.call('GET', location)).headers.range).toBe('0-3');
    expect((await put(location, DIGEST, { body: BYTES.subarray(4) })).status).toBe(201);
    expect((await read(DIGEST)).bytes).toEqual(BYTES);
  });

  it.each([
    ['a chunk of no known size', 'Transfer-Encoding: chunked', 'zz\r\n0123456789'],
    ['an end before its length', 'Content-Length: 11', '0123456789'],
  ])('with %s shows nothing, and is no failure of the registry', async (_name, header, body) => {
    const head = [`POST /v2/${REPOSITORY}/blobs/uploads/?digest=${DIGEST} HTTP/1.1`, 'Host: localhost', header];
    const bytes = Buffer.from([...head, `Authorization: ${BASIC}`, '', body].join('\r\n'));
    const { status } = await sendRaw(Number(new URL(registry.httpOrigin).port), bytes);

    expect([undefined, 400]).toContain(status);
    expect((await read(DIGEST)).status).toBe(404);
    expect(registry.lines).toEqual([]);
  });

  it('shows nothing of bytes with another digest, in either way to push, and keeps none of them', async () => {
    const wrong = digestOf('other');
    const location = await start();
    const inTwo = await put(location, wrong, { body: BYTES });
    const inOne = await registry.call('POST', `/v2/${REPOSITORY}/blobs/uploads/?digest=${wrong}`, { body: BYTES });

    for (const answer of [inTwo, inOne]) expect([answer.status, answer.code]).toEqual([400, 'DIGEST_INVALID']);
    expect((await read(wrong)).status).toBe(404);
    expect((await read(DIGEST)).status).toBe(404);
    expect((await registry.call('GET', location)).code).toBe('BLOB_UPLOAD_UNKNOWN');
    expect(await stagedFiles()).toEqual([]);
  });

  it('refuses an end without a digest and lives on', async () => {
    const location = await start();
    expect((await registry.call('PUT', location, { body: BYTES })).code).toBe('DIGEST_INVALID');
    expect((await put(location, DIGEST, { body: BYTES })).status).toBe(201);
  });

  it('ends when it is cancelled', async () => {
    const location = await start();
    await patch(location, BYTES);

    expect((await registry.call('DELETE', location)).status).toBe(204);
    expect((await put(location, DIGEST)).code).toBe('BLOB_UPLOAD_UNKNOWN');
    expect(await stagedFiles()).toEqual([]);
  });

  it('that is cancelled while its last chunk arrives ends there, and leaves nothing', async () => {
    const location = await start();
    const body = Readable.from(
      (async function* () {
        yield BYTES.subarray(0, 4);
        await untilReceived(location, '0-3');
        expect((await registry.call('DELETE', location)).status).toBe(204);
        yield BYTES.subarray(4);
      })(),
    );
    const answer = await registry.call('PUT', `${location}&digest=${DIGEST}`, { body });

    expect([answer.status, answer.code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
    expect((await read(DIGEST)).status).toBe(404);
    expect(await stagedFiles()).toEqual([]);
    expect(registry.lines).toEqual([]);
  });

  it('is not found from another repository, and not without the query of its location', async () => {
    const location = await start();
    const elsewhere = await registry.call('GET', location.replace('team/app', 'team/other'));
    const bare = await registry.call('GET', String(location.split('?')[0]));

    expect([elsewhere.status, elsewhere.code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
    expect([bare.status, bare.code]).toEqual([400, 'BLOB_UPLOAD_INVALID']);
  });

  it('does not mix chunks that are sent at once', async () => {
    const location = await start();
    const chunks = [Buffer.alloc(200_000, 'a'), Buffer.alloc(200_000, 'b')] as const;
    await Promise.all(chunks.map((chunk) => patch(location, Readable.from([chunk.subarray(0, 9), chunk.subarray(9)]))));

    const digests = [digestOf(Buffer.concat(chunks)), digestOf(Buffer.concat([chunks[1], chunks[0]]))];
    const ended = await put(location, digests[0] ?? '');
    expect(ended.status === 201 || ended.message?.includes(digests[1] ?? '')).toBe(true);
  });

  it('refuses without reading to its end what is not allowed, in an answer that arrives', async () => {
    const body = Buffer.alloc(4 * 1024 * 1024);
    const path = `/v2/${REPOSITORY}/blobs/uploads/?digest=${digestOf(body)}`;
    const answer = await registry.call('POST', path, { body, authorization: basic('admin', 'wrong') });
    expect([answer.status, answer.code]).toEqual([401, 'UNAUTHORIZED']);
  });
});

describe('a mount', () => {
  function mount(parameters: Record<string, string>, authorization?: string): Promise<Answer> {
    const path = `/v2/other/blobs/uploads/?${new URLSearchParams(parameters)}`;
    return registry.call('POST', path, authorization === undefined ? {} : { authorization });
  }

  it('shows a blob of one repository in another', async () => {
    await pushBlob(registry, REPOSITORY, BYTES);
    const before = await read(DIGEST, 'other');
    const answer = await mount({ mount: DIGEST, from: REPOSITORY });

    expect(before.code).toBe('BLOB_UNKNOWN');
    expect([answer.status, answer.headers.location]).toEqual([201, `/v2/other/blobs/${DIGEST}`]);
    expect((await read(DIGEST, 'other')).bytes).toEqual(BYTES);
  });

  it.each([
    ['of a blob that is not there', { mount: digestOf('missing'), from: REPOSITORY }],
    ['from a repository that does not have it', { mount: DIGEST, from: 'third' }],
    ['from nowhere', { mount: DIGEST }],
  ])('%s becomes an upload', async (_name, parameters) => {
    await pushBlob(registry, REPOSITORY, BYTES);
    const answer = await mount(parameters as Record<string, string>);

    expect(answer.status).toBe(202);
    expect((await put(String(answer.headers.location), DIGEST, { body: BYTES })).status).toBe(201);
  });

  it('needs the right to pull from where the blob is', async () => {
    await pushBlob(registry, REPOSITORY, BYTES);
    const tokenFor = (...names: string[]) => {
      const access = names.map((name) => ({ type: 'repository', name, actions: ['pull', 'push'] }));
      return `Bearer ${TOKENS.mint({ aud: LOGIN_SERVER, oid: 'x', access })}`;
    };

    expect((await mount({ mount: DIGEST, from: REPOSITORY }, tokenFor('other'))).status).toBe(401);
    expect((await mount({ mount: DIGEST, from: REPOSITORY }, tokenFor('other', REPOSITORY))).status).toBe(201);
  });

  it('refuses a digest and a repository that are none', async () => {
    expect((await mount({ mount: 'sha256:x', from: REPOSITORY })).code).toBe('DIGEST_INVALID');
    expect((await mount({ mount: DIGEST, from: 'Team' })).code).toBe('NAME_INVALID');
  });
});

async function untilReceived(location: string, range: string): Promise<void> {
  while ((await registry.call('GET', location)).headers.range !== range) await new Promise(setImmediate);
}

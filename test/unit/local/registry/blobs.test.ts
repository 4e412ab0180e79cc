import type { RegistryFixture } from './registry-fixture.ts';
import { digestOf, pushBlob, startFixture } from './registry-fixture.ts';

const BYTES = Buffer.from('0123456789');
const PATH = `/v2/team/app/blobs/${digestOf(BYTES)}`;

let registry: RegistryFixture;

beforeAll(async () => {
  registry = await startFixture();
  await pushBlob(registry, 'team/app', BYTES);
});

afterAll(async () => {
  await registry?.stop();
});

describe('a blob', () => {
  it('is described by HEAD as GET gives it', async () => {
    const head = await registry.call('HEAD', PATH);
    const get = await registry.call('GET', PATH);

    for (const answer of [head, get]) {
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-length': '10',
        'docker-content-digest': digestOf(BYTES),
        'accept-ranges': 'bytes',
        etag: `"${digestOf(BYTES)}"`,
      });
    }
    expect([head.bytes.length, get.bytes]).toEqual([0, BYTES]);
  });

  it('is given in ranges', async () => {
    const answer = await registry.call('GET', PATH, { headers: { range: 'bytes=3-5' } });

    expect([answer.status, answer.bytes.toString()]).toEqual([206, '345']);
    expect(answer.headers).toMatchObject({ 'content-range': 'bytes 3-5/10', 'content-length': '3' });
  });

  it('is given whole when If-Range names other content', async () => {
    const answer = await registry.call('GET', PATH, { headers: { range: 'bytes=3-5', 'if-range': '"other"' } });
    expect([answer.status, answer.bytes]).toEqual([200, BYTES]);
  });

  it('refuses a range behind its end, saying how long it is', async () => {
    const answer = await registry.call('GET', PATH, { headers: { range: 'bytes=10-' } });
    expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */10']);
  });

  it('is not sent to who has it', async () => {
    const answer = await registry.call('GET', PATH, { headers: { 'if-none-match': `"x", "${digestOf(BYTES)}"` } });
    expect([answer.status, answer.bytes.length]).toEqual([304, 0]);
    expect((await registry.call('GET', PATH, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
  });

  it('is unknown to repositories that it was not pushed to', async () => {
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      expect((await registry.call(method, PATH.replace('team/app', 'team/other'))).status).toBe(404);
    }
  });

  it('of megabytes comes back as it went, by both listeners', async () => {
    const bytes = Buffer.from(Array.from({ length: 5_000_000 }, (_, index) => (index * 31 + (index >> 8)) & 255));
    const digest = await pushBlob(registry, 'team/app', bytes);

    for (const https of [false, true]) {
      const answer = await registry.call('GET', `/v2/team/app/blobs/${digest}`, { https });
      expect(digestOf(answer.bytes)).toBe(digest);
    }
  });

  it('goes from one repository alone when it is deleted', async () => {
    const digest = await pushBlob(registry, 'a', 'shared');
    await pushBlob(registry, 'b', 'shared');

    expect((await registry.call('DELETE', `/v2/a/blobs/${digest}`)).status).toBe(202);
    expect((await registry.call('GET', `/v2/a/blobs/${digest}`)).code).toBe('BLOB_UNKNOWN');
    expect((await registry.call('GET', `/v2/b/blobs/${digest}`)).bytes.toString()).toBe('shared');
  });
});

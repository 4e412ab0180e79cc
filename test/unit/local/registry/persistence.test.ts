import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistryFixture } from './registry-fixture.ts';
import { digestOf, OCI_MANIFEST, pushBlob, pushImage, startFixture } from './registry-fixture.ts';

let registry: RegistryFixture;

beforeEach(async () => {
  registry = await startFixture();
});

afterEach(async () => {
  await registry?.stop();
});

async function contentFiles(): Promise<string[]> {
  const entries = await readdir(join(registry.dir, 'content'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('the state of a registry', () => {
  it('outlives a restart: blobs, manifests, tags, types and referrers', async () => {
    const digest = await pushImage(registry, 'team/app', 'v1', ['layer']);
    const referrer = await pushImage(registry, 'team/app', undefined, [], {
      subject: { mediaType: OCI_MANIFEST, digest, size: 1 },
    });
    const before = await registry.call('GET', '/acr/v1/team/app/_tags');
    await registry.restart();

    const manifest = await registry.call('GET', '/v2/team/app/manifests/v1');
    expect(manifest.headers).toMatchObject({ 'docker-content-digest': digest, 'content-type': OCI_MANIFEST });
    expect((await registry.call('GET', `/v2/team/app/blobs/${digestOf('layer')}`)).bytes.toString()).toBe('layer');
    expect((await registry.call('GET', '/acr/v1/team/app/_tags')).json).toEqual(before.json);
    const { manifests } = (await registry.call('GET', `/v2/team/app/referrers/${digest}`)).json;
    expect(manifests.map((entry) => entry.digest)).toEqual([referrer]);
  });

  it('keeps the same bytes once, for all repositories', async () => {
    await pushBlob(registry, 'a', 'same');
    await pushBlob(registry, 'b', 'same');
    expect(await contentFiles()).toHaveLength(1);
  });

  it('loses unfinished uploads, and the bytes that nothing shows any more, at the next start', async () => {
    const kept = await pushBlob(registry, 'a', 'kept');
    const dropped = await pushBlob(registry, 'a', 'dropped');
    await registry.call('DELETE', `/v2/a/blobs/${dropped}`);
    const { location } = (await registry.call('POST', '/v2/a/blobs/uploads/')).headers;
    await registry.call('PATCH', String(location), { body: 'half' });
    await registry.restart();

    expect(await readdir(join(registry.dir, 'staging'))).toEqual([]);
    expect(await contentFiles()).toEqual([kept.slice('sha256:'.length)]);
    expect((await registry.call('GET', String(location))).code).toBe('BLOB_UPLOAD_UNKNOWN');
  });

  it('takes what a power cut left unreadable for missing, and takes it again', async () => {
    const digest = await pushImage(registry, 'team/app', 'v1', ['layer']);
    const hex = digestOf('layer').slice('sha256:'.length);
    await rm(join(registry.dir, 'content', 'sha256', hex.slice(0, 2), hex));
    await writeFile(join(registry.dir, 'repositories', 'team', 'app', '_tags', 'v1'), '');

    expect((await registry.call('GET', `/v2/team/app/blobs/${digestOf('layer')}`)).status).toBe(404);
    expect((await registry.call('GET', '/v2/team/app/manifests/v1')).status).toBe(404);
    expect(await pushImage(registry, 'team/app', 'v1', ['layer'])).toBe(digest);
    expect((await registry.call('GET', `/v2/team/app/blobs/${digestOf('layer')}`)).bytes.toString()).toBe('layer');
  });

  it('answers an unexpected failure with 500 in the form of the specification, and logs it', async () => {
    await rm(join(registry.dir, 'staging'), { recursive: true });
    const answer = await registry.call('POST', `/v2/a/blobs/uploads/?digest=${digestOf('x')}`, { body: 'x' });

    expect([answer.status, answer.code]).toEqual([500, 'UNKNOWN']);
    expect(registry.lines.join('\n')).toContain(String(answer.headers['x-ms-correlation-request-id']));
  });
});

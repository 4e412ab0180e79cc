import { digestOf } from '../../../../src/oci/digest.ts';
import { buildImage, pushImage } from '../../../support/images.ts';
import {
  type MemoryRegistry,
  type MemoryRegistryOptions,
  startMemoryRegistry,
} from '../../../support/memory-registry.ts';
import { listOf } from '../../../support/streams.ts';
import { clientOf, seenBy } from './support.ts';

describe('manifests of the registry client', () => {
  const image = buildImage({ seed: 1, layerSizes: [100] });
  const { digest, mediaType } = image.descriptor;
  const started: MemoryRegistry[] = [];
  const start = async (options: MemoryRegistryOptions = {}) => {
    const registry = await startMemoryRegistry(options);
    started.push(registry);
    await pushImage(clientOf(registry), 'team/app', 'v1', image);
    registry.requests.length = 0;
    return registry;
  };
  afterEach(async () => {
    for (const registry of started.splice(0)) await registry.close();
  });

  it('resolves a tag with one HEAD', async () => {
    const registry = await start();
    await expect(clientOf(registry).resolve('team/app', 'v1')).resolves.toEqual(image.descriptor);
    expect(seenBy(registry)).toEqual(['HEAD /v2/team/app/manifests/v1']);
  });

  it('resolves by hashing where the registry states no digest', async () => {
    const registry = await start({ hidesDigests: true });
    await expect(clientOf(registry).resolve('team/app', 'v1')).resolves.toEqual(image.descriptor);
  });

  it('resolves what is missing to undefined, and reads it as an artifact failure with code and correlation id', async () => {
    const client = clientOf(await start());
    await expect(client.resolve('team/app', 'v2')).resolves.toBeUndefined();
    await expect(client.fetchManifest('team/app', 'v2')).rejects.toMatchObject({
      class: 'artifact',
      code: 'MANIFEST_UNKNOWN',
      correlationId: 'corr-1',
      message: expect.stringMatching(/read manifest team\/app:v2 at 127\.0\.0\.1:\d+: status 404, MANIFEST_UNKNOWN/),
    });
  });

  it('reads by tag and by digest, whatever the registry states', async () => {
    for (const options of [{}, { hidesDigests: true }]) {
      const client = clientOf(await start(options));
      for (const reference of ['v1', digest]) {
        await expect(client.fetchManifest('team/app', reference)).resolves.toEqual({
          descriptor: image.descriptor,
          bytes: image.bytes,
        });
      }
    }
  });

  it('reads by a sha512 digest', async () => {
    const registry = await start({ hidesDigests: true });
    const sha512 = digestOf(image.bytes, 'sha512');
    registry.manifests.set(`team/app@${sha512}`, { mediaType, bytes: image.bytes });
    const { descriptor } = await clientOf(registry).fetchManifest('team/app', sha512);
    expect(descriptor.digest).toBe(sha512);
  });

  it('refuses a manifest that is not what its digest says', async () => {
    const registry = await start({ hidesDigests: true });
    registry.manifests.set(`team/app@${digest}`, { mediaType, bytes: Buffer.from('{"schemaVersion":2}') });
    await expect(clientOf(registry).fetchManifest('team/app', digest)).rejects.toMatchObject({
      class: 'artifact',
      code: 'DIGEST_MISMATCH',
    });
  });

  it('refuses a HEAD that answers with another digest than was asked', async () => {
    const registry = await start();
    registry.manifests.set(`team/app@${digest}`, { mediaType, bytes: Buffer.from('{"schemaVersion":2}') });
    await expect(clientOf(registry).resolve('team/app', digest)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  it('takes the type from the manifest where the header is generic', async () => {
    const registry = await start();
    registry.manifests.set('team/app:v1', { mediaType: 'text/plain; charset=utf-8', bytes: image.bytes });
    await expect(clientOf(registry).resolve('team/app', 'v1')).resolves.toEqual(image.descriptor);
  });

  it('refuses a manifest of more than 4 MiB', async () => {
    const registry = await start();
    registry.manifests.set('team/app:big', { mediaType, bytes: Buffer.alloc(4 * 1024 * 1024 + 1) });
    await expect(clientOf(registry).fetchManifest('team/app', 'big')).rejects.toMatchObject({
      code: 'MANIFEST_TOO_LARGE',
    });
  });

  it('writes nothing by a digest that the bytes do not have', async () => {
    const registry = await start();
    const write = clientOf(registry).putManifest('team/app', digest, mediaType, Buffer.from('{}'));
    await expect(write).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(registry.requests).toEqual([]);
  });

  it('fails when the registry kept another digest than was written', async () => {
    const registry = await start();
    const other = digestOf(Buffer.from('other'));
    registry.fault = () => ({ status: 201, headers: { 'docker-content-digest': other } });
    const write = clientOf(registry).putManifest('team/app', 'v2', mediaType, image.bytes);
    await expect(write).rejects.toMatchObject({ class: 'artifact', code: 'DIGEST_MISMATCH' });
  });

  it('tries again after 503 and a cut connection, and tells what stays ill', async () => {
    const registry = await start();
    const faults = [{ status: 503 }, { cutAfterBytes: 0 }];
    registry.fault = () => faults.shift();
    await expect(clientOf(registry).resolve('team/app', 'v1')).resolves.toEqual(image.descriptor);
    registry.fault = () => ({
      status: 429,
      headers: { 'retry-after': '60' },
      body: '{"errors":[{"code":"TOOMANYREQUESTS"}]}',
    });
    registry.requests.length = 0;
    await expect(clientOf(registry).fetchManifest('team/app', 'v1')).rejects.toMatchObject({
      class: 'transient',
      code: 'TOOMANYREQUESTS',
      retryAfterMs: 60_000,
    });
    expect(registry.requests).toHaveLength(1);
    registry.fault = () => ({ cutAfterBytes: 0 });
    registry.requests.length = 0;
    await expect(clientOf(registry).resolve('team/app', 'v1')).rejects.toMatchObject({
      class: 'transient',
      code: 'CONNECTION_FAILED',
    });
    expect(registry.requests).toHaveLength(4);
  });

  it('does not follow a redirected manifest', async () => {
    const registry = await start();
    registry.fault = () => ({ status: 307, headers: { location: 'http://127.0.0.1:9/secret?sig=abc' } });
    await expect(clientOf(registry).fetchManifest('team/app', 'v1')).rejects.toMatchObject({
      class: 'service',
      code: 'HTTP_307',
    });
  });

  it('ends with the reason of its signal', async () => {
    const registry = await start();
    const controller = new AbortController();
    registry.fault = () => {
      controller.abort(new Error('stopped by the test'));
      return { status: 503 };
    };
    const client = clientOf(registry, { signal: controller.signal });
    await expect(client.resolve('team/app', 'v1')).rejects.toThrow('stopped by the test');
  });

  it.each(['Team/app', '../app', 'a//b', 'a/', '', 'a b', `a/${'x'.repeat(260)}`])(
    'lets the repository name %j into no path',
    async (name) => {
      const registry = await start();
      await expect(async () => clientOf(registry).resolve(name, 'v1')).rejects.toMatchObject({ code: 'NAME_INVALID' });
      expect(registry.requests).toEqual([]);
    },
  );

  it.each([
    ['../v1', 'TAG_INVALID'],
    ['.v1', 'TAG_INVALID'],
    ['', 'TAG_INVALID'],
    ['sha256:abc', 'DIGEST_INVALID'],
    [`md5:${'0'.repeat(32)}`, 'DIGEST_UNSUPPORTED'],
  ])('lets the reference %j into no path', async (reference, code) => {
    const registry = await start();
    await expect(async () => clientOf(registry).resolve('a', reference)).rejects.toMatchObject({ code });
    expect(registry.requests).toEqual([]);
  });
});

describe('lists of the registry client', () => {
  let registry: MemoryRegistry;
  beforeEach(async () => {
    registry = await startMemoryRegistry({ pageSize: 2 });
    const kept = { mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes: Buffer.from('{}') };
    for (const tag of ['1', '2', '3', '4', '5']) registry.manifests.set(`a:${tag}`, kept);
    for (const name of ['b', 'c']) registry.manifests.set(`${name}:1`, kept);
  });
  afterEach(() => registry.close());

  it('goes through all pages of tags and of repositories', async () => {
    const client = clientOf(registry);
    await expect(listOf(client.listTags('a'))).resolves.toEqual(['1', '2', '3', '4', '5']);
    await expect(listOf(client.listRepositories())).resolves.toEqual(['a', 'b', 'c']);
  });

  it('never follows the next page to another origin', async () => {
    registry.fault = () => ({
      status: 200,
      headers: { link: '<http://127.0.0.1:9/v2/a/tags/list>; rel="next"' },
      body: '{"tags":["1"]}',
    });
    await expect(listOf(clientOf(registry).listTags('a'))).rejects.toMatchObject({ code: 'FOREIGN_ORIGIN' });
  });

  it('ends where pages go round in a circle', async () => {
    registry.fault = () => ({
      status: 200,
      headers: { link: '</v2/a/tags/list?n=1000>; rel="next"' },
      body: '{"tags":["1"]}',
    });
    await expect(listOf(clientOf(registry).listTags('a'))).rejects.toMatchObject({ code: 'PAGING_INVALID' });
  });

  it.each([
    ['ends where the one before it ended', '{"tags":["1"]}', 2],
    ['is without entries, a hundred times', '{"tags":[]}', 101],
  ])('ends where each page leads to a new one that %s', async (_name, body, requests) => {
    registry.fault = () => ({
      status: 200,
      headers: { link: `</v2/a/tags/list?page=${registry.requests.length}>; rel="next"` },
      body,
    });
    await expect(listOf(clientOf(registry).listTags('a'))).rejects.toMatchObject({ code: 'PAGING_INVALID' });
    expect(registry.requests).toHaveLength(requests);
  });

  it('takes a few pages without entries on its way', async () => {
    const pages = [['1'], [], [], ['2']];
    registry.fault = () => {
      const page = registry.requests.length;
      const link = { link: `</v2/a/tags/list?page=${page}>; rel="next"` };
      return { status: 200, headers: page < pages.length ? link : {}, body: JSON.stringify({ tags: pages[page - 1] }) };
    };
    await expect(listOf(clientOf(registry).listTags('a'))).resolves.toEqual(['1', '2']);
  });

  it('takes null for an empty list', async () => {
    registry.fault = () => ({ status: 200, body: '{"tags":null}' });
    await expect(listOf(clientOf(registry).listTags('a'))).resolves.toEqual([]);
  });
});

import type { RegistryFixture } from './registry-fixture.ts';
import {
  describeBytes,
  digestOf,
  imageManifest,
  OCI_INDEX,
  OCI_MANIFEST,
  pushBlob,
  pushImage,
  putManifest,
  startFixture,
} from './registry-fixture.ts';

const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const PATH = '/v2/team/app/manifests';

let registry: RegistryFixture;

beforeEach(async () => {
  registry = await startFixture();
});

afterEach(async () => {
  await registry?.stop();
});

function get(reference: string, headers: Record<string, string> = {}) {
  return registry.call('GET', `${PATH}/${reference}`, { headers });
}

describe('a manifest', () => {
  it('comes back by tag and by digest, byte for byte, with the type it was pushed with', async () => {
    await pushBlob(registry, 'team/app', '{}');
    const manifest = ` ${imageManifest([], { mediaType: DOCKER_MANIFEST })}\n`;
    const digest = digestOf(manifest);
    const pushed = await putManifest(registry, `${PATH}/v1`, manifest, DOCKER_MANIFEST);

    expect(pushed.status).toBe(201);
    expect(pushed.headers).toMatchObject({ location: `${PATH}/${digest}`, 'docker-content-digest': digest });
    for (const reference of ['v1', digest]) {
      const answer = await get(reference);
      expect([answer.status, answer.bytes.toString()]).toEqual([200, manifest]);
      expect(answer.headers).toMatchObject({
        'content-type': DOCKER_MANIFEST,
        'content-length': String(manifest.length),
        'docker-content-digest': digest,
        etag: `"${digest}"`,
      });
    }
  });

  it('is described by HEAD without its bytes', async () => {
    const digest = await pushImage(registry, 'team/app', 'v1');
    const answer = await registry.call('HEAD', `${PATH}/v1`);

    expect([answer.status, answer.bytes.length]).toEqual([200, 0]);
    expect(answer.headers).toMatchObject({ 'docker-content-digest': digest, 'content-type': OCI_MANIFEST });
  });

  it('is not sent to who has it', async () => {
    const digest = await pushImage(registry, 'team/app', 'v1');
    expect((await get('v1', { 'if-none-match': `"${digest}"` })).status).toBe(304);
    await pushImage(registry, 'team/app', 'v1', ['new']);
    expect((await get('v1', { 'if-none-match': `"${digest}"` })).status).toBe(200);
  });

  it('is kept by its sha512 digest when it was pushed by that', async () => {
    await pushBlob(registry, 'team/app', '{}');
    const manifest = imageManifest([]);
    const digest = digestOf(manifest, 'sha512');

    expect((await putManifest(registry, `${PATH}/${digest}`, manifest)).status).toBe(201);
    expect((await get(digest)).bytes.toString()).toBe(manifest);
    expect((await get(digestOf(manifest))).status).toBe(404);
  });

  it('is not given as a type that the client does not accept', async () => {
    await pushImage(registry, 'team/app', 'v1');
    const answer = await get('v1', { accept: DOCKER_MANIFEST });

    expect([answer.status, answer.code]).toEqual([404, 'MANIFEST_UNKNOWN']);
    expect(answer.message).toContain(OCI_MANIFEST);
    for (const accept of [`${DOCKER_MANIFEST}, ${OCI_MANIFEST};q=0.5`, '*/*']) {
      expect((await get('v1', { accept })).status).toBe(200);
    }
  });

  it('moves a tag, and stays under its digest', async () => {
    const first = await pushImage(registry, 'team/app', 'v1', ['one']);
    const second = await pushImage(registry, 'team/app', 'v1', ['two']);

    expect((await get('v1')).headers['docker-content-digest']).toBe(second);
    expect((await get(first)).status).toBe(200);
  });

  it('of another digest than it was sent to is refused and not visible', async () => {
    await pushBlob(registry, 'team/app', '{}');
    const wrong = digestOf('other');
    const answer = await putManifest(registry, `${PATH}/${wrong}`, imageManifest([]));

    expect([answer.status, answer.code]).toEqual([400, 'DIGEST_INVALID']);
    expect((await get(wrong)).status).toBe(404);
    expect((await get(digestOf(imageManifest([])))).status).toBe(404);
  });

  it('may have 4 MiB and no byte more', async () => {
    await pushBlob(registry, 'team/app', '{}');
    const limitBytes = 4 * 1024 * 1024;
    const manifest = imageManifest([]).padEnd(limitBytes);

    expect((await putManifest(registry, `${PATH}/v1`, manifest)).status).toBe(201);
    const answer = await putManifest(registry, `${PATH}/v2`, `${manifest} `);
    expect([answer.status, answer.code]).toEqual([413, 'SIZE_INVALID']);
  });

  it.each([
    ['no JSON', '{', OCI_MANIFEST, /not JSON/],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), OCI_MANIFEST, /UTF-8/],
    ['another schema version', imageManifest([], { schemaVersion: 1 }), OCI_MANIFEST, /schemaVersion/],
    ['no layers', imageManifest([], { layers: undefined }), OCI_MANIFEST, /layers/],
    [
      'a digest that is none',
      imageManifest([], { config: { mediaType: 'x', digest: 'y', size: 1 } }),
      OCI_MANIFEST,
      /digest/,
    ],
    ['another type inside', imageManifest([]), DOCKER_MANIFEST, /mediaType/],
    ['an unknown type', imageManifest([]), 'application/json', /allowed are application\/vnd\.oci/],
  ])('with %s is refused with a reason', async (_name, manifest, contentType, reason) => {
    const answer = await putManifest(registry, `${PATH}/v1`, manifest, contentType);

    expect([answer.status, answer.code]).toEqual([400, 'MANIFEST_INVALID']);
    expect(answer.message).toMatch(reason);
  });

  it('with a fault in each of a million entries is refused in a short answer', async () => {
    const manifest = imageManifest([]).replace('"layers":[]', `"layers":[${'0,'.repeat(1_000_000)}0]`);
    const answer = await putManifest(registry, `${PATH}/v1`, manifest);

    expect([answer.status, answer.code]).toEqual([400, 'MANIFEST_INVALID']);
    expect(answer.message).toContain('layers[0]');
    expect(answer.bytes.length).toBeLessThan(500);
  });

  it.each([100, 1_000_000])(
    'nested %i levels deep is taken or refused, and never breaks the registry',
    async (depth) => {
      await pushBlob(registry, 'team/app', '{}');
      const junk = '['.repeat(depth) + ']'.repeat(depth);
      const manifest = imageManifest([]).replace(/}$/, `,"org.example.junk":${junk}}`);
      const answer = await putManifest(registry, `${PATH}/deep`, manifest, OCI_MANIFEST);
      expect([answer.status, answer.code]).toEqual(depth === 100 ? [201, undefined] : [400, 'MANIFEST_INVALID']);
      expect(registry.lines).toEqual([]);
    },
  );

  it('is refused under a tag that is none', async () => {
    expect((await putManifest(registry, `${PATH}/-v1`, imageManifest([]))).code).toBe('TAG_INVALID');
  });
});

describe('what a manifest names', () => {
  it('must be in the repository: missing blobs are named, and the tag does not move', async () => {
    const digest = await pushImage(registry, 'team/app', 'v1', ['here']);
    await pushBlob(registry, 'elsewhere', 'missing');
    const answer = await putManifest(registry, `${PATH}/v1`, imageManifest(['here', 'missing']));

    expect([answer.status, answer.code]).toEqual([400, 'MANIFEST_BLOB_UNKNOWN']);
    expect(answer.json.errors[0]?.detail).toEqual([{ digest: digestOf('missing') }]);
    expect((await get('v1')).headers['docker-content-digest']).toBe(digest);
  });

  it('is named up to a hundred times when it is missing', async () => {
    const layers = Array.from({ length: 150 }, (_, n) => describeBytes(String(n), 'a/b'));
    const answer = await putManifest(registry, `${PATH}/v1`, imageManifest([], { layers }));

    expect(answer.json.errors[0]?.detail).toHaveLength(100);
    expect(answer.message).toMatch(/ and 51 more$/);
  });

  it('may be missing when it is a foreign layer with URLs, and only then', async () => {
    await pushBlob(registry, 'team/app', '{}');
    const type = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
    const foreign = describeBytes('far', type, { urls: ['https://example.test/far'] });

    expect((await putManifest(registry, `${PATH}/v1`, imageManifest([], { layers: [foreign] }))).status).toBe(201);
    const noUrls = imageManifest([], { layers: [{ ...foreign, urls: undefined }] });
    expect((await putManifest(registry, `${PATH}/v2`, noUrls)).code).toBe('MANIFEST_BLOB_UNKNOWN');
    const noType = imageManifest([], { layers: [{ ...foreign, mediaType: 'application/octet-stream' }] });
    expect((await putManifest(registry, `${PATH}/v2`, noType)).code).toBe('MANIFEST_BLOB_UNKNOWN');
  });

  it('must be there as manifests when it is an index', async () => {
    const child = await pushImage(registry, 'team/app', undefined, ['layer']);
    const index = (digest: string) =>
      JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: OCI_MANIFEST, digest, size: 1 }] });

    expect((await putManifest(registry, `${PATH}/all`, index(child), OCI_INDEX)).status).toBe(201);
    const answer = await putManifest(registry, `${PATH}/all`, index(digestOf('layer')), OCI_INDEX);
    expect(answer.code).toBe('MANIFEST_BLOB_UNKNOWN');
  });

  it('may be missing when it is the subject, which the answer repeats', async () => {
    await pushBlob(registry, 'team/app', '{}');
    const subject = describeBytes('to come', OCI_MANIFEST);
    const answer = await putManifest(registry, `${PATH}/v1`, imageManifest([], { subject }));

    expect([answer.status, answer.headers['oci-subject']]).toEqual([201, subject.digest]);
  });
});

describe('deleting', () => {
  it('a tag leaves the manifest', async () => {
    const digest = await pushImage(registry, 'team/app', 'v1');

    expect((await registry.call('DELETE', `${PATH}/v1`)).status).toBe(202);
    expect((await get('v1')).code).toBe('MANIFEST_UNKNOWN');
    expect((await get(digest)).status).toBe(200);
  });

  it('a manifest takes its tags with it and no others', async () => {
    const digest = await pushImage(registry, 'team/app', 'v1');
    await pushImage(registry, 'team/app', 'also-v1');
    await pushImage(registry, 'team/app', 'v2', ['other']);

    expect((await registry.call('DELETE', `${PATH}/${digest}`)).status).toBe(202);
    expect((await registry.call('GET', '/v2/team/app/tags/list')).json.tags).toEqual(['v2']);
    expect((await get(digest)).status).toBe(404);
  });

  it('what is not there is refused', async () => {
    await pushImage(registry, 'team/app', 'v1');
    for (const reference of ['v2', digestOf('nothing')]) {
      const answer = await registry.call('DELETE', `${PATH}/${reference}`);
      expect([answer.status, answer.code]).toEqual([404, 'MANIFEST_UNKNOWN']);
    }
  });
});

describe('referrers', () => {
  const subject = () => pushImage(registry, 'team/app', 'v1', ['base']);
  const refer = (digest: string, artifactType?: string) =>
    pushImage(registry, 'team/app', undefined, [], {
      subject: { mediaType: OCI_MANIFEST, digest, size: 1 },
      artifactType,
      annotations: { 'org.example.kind': artifactType ?? 'none' },
    });
  const list = (digest: string, query = '') => registry.call('GET', `/v2/team/app/referrers/${digest}${query}`);

  it('are listed as an index with their types, sizes and annotations', async () => {
    const digest = await subject();
    const signature = await refer(digest, 'application/vnd.example.signature');
    const answer = await list(digest);

    expect([answer.status, answer.headers['content-type']]).toEqual([200, OCI_INDEX]);
    expect(answer.json).toMatchObject({ schemaVersion: 2, mediaType: OCI_INDEX });
    expect(answer.json.manifests).toEqual([
      {
        mediaType: OCI_MANIFEST,
        digest: signature,
        size: expect.any(Number),
        artifactType: 'application/vnd.example.signature',
        annotations: { 'org.example.kind': 'application/vnd.example.signature' },
      },
    ]);
  });

  it('are filtered by their artifact type, or that of their config, and the answer says so', async () => {
    const digest = await subject();
    const signature = await refer(digest, 'signature');
    const plain = await refer(digest);
    const bySignature = await list(digest, '?artifactType=signature');
    const byConfig = await list(
      digest,
      `?artifactType=${encodeURIComponent('application/vnd.oci.image.config.v1+json')}`,
    );

    expect(bySignature.json.manifests.map((entry) => entry.digest)).toEqual([signature]);
    expect(bySignature.headers['oci-filters-applied']).toBe('artifactType');
    expect(byConfig.json.manifests.map((entry) => entry.digest)).toEqual([plain]);
    expect((await list(digest)).headers['oci-filters-applied']).toBeUndefined();
  });

  it('of nothing are an empty index, not 404', async () => {
    const answer = await list(digestOf('nothing'));
    expect([answer.status, answer.json.manifests]).toEqual([200, []]);
    expect((await list('v1')).code).toBe('DIGEST_INVALID');
  });

  it('end with the manifest that refers', async () => {
    const digest = await subject();
    const signature = await refer(digest, 'signature');
    await registry.call('DELETE', `${PATH}/${signature}`);

    expect((await list(digest)).json.manifests).toEqual([]);
  });
});

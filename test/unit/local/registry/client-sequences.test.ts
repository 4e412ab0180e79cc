import {
  ADMIN,
  type Answer,
  basic,
  describeBytes,
  digestOf,
  imageManifest,
  LOGIN_SERVER,
  OCI_INDEX,
  OCI_MANIFEST,
  pushImage,
  type RegistryFixture,
  startFixture,
  TOKENS,
} from './registry-fixture.ts';

/** The documented requests of clients that are not run here, in their order, with their headers. */
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_ACCEPT = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  OCI_INDEX,
  OCI_MANIFEST,
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
].join(', ');
const CONFIG = '{"architecture":"amd64","os":"linux"}';
const LAYER = 'the bytes of a layer';

let registry: RegistryFixture;

beforeAll(async () => {
  registry = await startFixture();
});

afterAll(async () => {
  await registry?.stop();
});

/** A location with the digest put into its query as Go's `url.Values` does: names in order, all of it encoded anew. */
function withDigest(answer: Answer, digest: string): string {
  const url = new URL(String(answer.headers.location), registry.httpOrigin);
  url.searchParams.set('digest', digest);
  url.searchParams.sort();
  return url.pathname + url.search;
}

/** The token that a client fetches after the challenge of a request, by `GET` with Basic as docker and skopeo do. */
async function tokenFor(answer: Answer, credentials: string, scope: string): Promise<string> {
  const challenge = String(answer.headers['www-authenticate']);
  const [, realm = '', service = ''] = /^Bearer realm="([^"]+)",service="([^"]+)"/.exec(challenge) ?? [];
  const query = new URLSearchParams({
    account: ADMIN.username,
    client_id: 'docker',
    offline_token: 'true',
    service,
    scope,
  });
  const path = `${new URL(realm).pathname}?${query}`;
  const { status, json } = await registry.call('GET', path, { authorization: credentials });
  expect(status).toBe(200);
  return `Bearer ${json.access_token}`;
}

describe('what docker sends', () => {
  async function pushBlob(authorization: string, bytes: string): Promise<void> {
    const digest = digestOf(bytes);
    expect((await registry.call('HEAD', `/v2/docker/app/blobs/${digest}`, { authorization })).status).toBe(404);
    const opened = await registry.call('POST', '/v2/docker/app/blobs/uploads/', { authorization });
    const headers = { 'content-type': 'application/octet-stream' };
    const patched = await registry.call('PATCH', String(opened.headers.location), {
      authorization,
      headers,
      body: bytes,
    });
    const put = await registry.call('PUT', withDigest(patched, digest), { authorization });
    expect([opened.status, patched.status, put.status]).toEqual([202, 202, 201]);
  }

  it('for a push, and for a pull of what was pushed', async () => {
    const ping = await registry.call('GET', '/v2/', { authorization: null });
    const credentials = basic(ADMIN.username, ADMIN.password);
    const push = await tokenFor(ping, credentials, 'repository:docker/app:push,pull');
    for (const blob of [LAYER, CONFIG]) await pushBlob(push, blob);
    const manifest = imageManifest([], {
      mediaType: DOCKER_MANIFEST,
      config: describeBytes(CONFIG, 'application/vnd.docker.container.image.v1+json'),
      layers: [describeBytes(LAYER, 'application/vnd.docker.image.rootfs.diff.tar.gzip')],
    });
    const headers = { 'content-type': DOCKER_MANIFEST };
    const put = await registry.call('PUT', '/v2/docker/app/manifests/v1', {
      authorization: push,
      headers,
      body: manifest,
    });
    expect([put.status, put.headers['docker-content-digest']]).toEqual([201, digestOf(manifest)]);

    const pull = await tokenFor(ping, credentials, 'repository:docker/app:pull');
    const accept = { authorization: pull, headers: { accept: DOCKER_ACCEPT } };
    const head = await registry.call('HEAD', '/v2/docker/app/manifests/v1', accept);
    const got = await registry.call('GET', `/v2/docker/app/manifests/${head.headers['docker-content-digest']}`, accept);
    expect([got.headers['content-type'], got.bytes.toString()]).toEqual([DOCKER_MANIFEST, manifest]);
    const rest = { authorization: pull, headers: { range: 'bytes=4-' } };
    const resumed = await registry.call('GET', `/v2/docker/app/blobs/${digestOf(LAYER)}`, rest);
    expect([resumed.status, resumed.bytes.toString()]).toEqual([206, LAYER.slice(4)]);
  });

  it('after `az acr login --expose-token`: the refresh token as the password of the token user', async () => {
    await pushImage(registry, 'docker/by-token', 'v1');
    const entra = TOKENS.mint({ aud: 'https://containerregistry.azure.net', oid: 'caller' });
    const form = { grant_type: 'access_token', service: LOGIN_SERVER, tenant: 'any', access_token: entra };
    const body = new URLSearchParams(form).toString();
    const { json } = await registry.call('POST', '/oauth2/exchange', { body, authorization: null });
    const ping = await registry.call('GET', '/v2/', { authorization: null });
    const credentials = basic('00000000-0000-0000-0000-000000000000', json.refresh_token);
    const authorization = await tokenFor(ping, credentials, 'repository:docker/by-token:pull');

    expect((await registry.call('GET', '/v2/docker/by-token/manifests/v1', { authorization })).status).toBe(200);
  });
});

describe('what oras sends', () => {
  const put = (bytes: string, location: string) => registry.call('PUT', location, { body: bytes });

  async function pushBlob(bytes: string): Promise<void> {
    const opened = await registry.call('POST', '/v2/oras/app/blobs/uploads/', { headers: { 'content-length': '0' } });
    expect((await put(bytes, withDigest(opened, digestOf(bytes)))).status).toBe(201);
  }

  async function attach(subject: string, artifactType: string): Promise<string> {
    await pushBlob('{}');
    const manifest = imageManifest([], {
      artifactType,
      config: describeBytes('{}', 'application/vnd.oci.empty.v1+json'),
      subject: { mediaType: OCI_MANIFEST, digest: subject, size: 1 },
    });
    const digest = digestOf(manifest);
    const headers = { 'content-type': OCI_MANIFEST };
    const answer = await registry.call('PUT', `/v2/oras/app/manifests/${digest}`, { headers, body: manifest });
    expect([answer.status, answer.headers['oci-subject']]).toEqual([201, subject]);
    return digest;
  }

  it('for `attach` and `discover`: the answer says that no index by tag is needed, and filters', async () => {
    const subject = await pushImage(registry, 'oras/app', 'v1');
    const [sbom, signature] = [await attach(subject, 'example/sbom'), await attach(subject, 'example/signature')];
    const all = await registry.call('GET', `/v2/oras/app/referrers/${subject}`);
    const one = await registry.call('GET', `/v2/oras/app/referrers/${subject}?artifactType=example%2Fsbom`);

    expect(all.json.manifests.map(({ digest }) => digest).sort()).toEqual([sbom, signature].sort());
    expect(one.json.manifests.map(({ digest }) => digest)).toEqual([sbom]);
    expect(one.headers['oci-filters-applied']).toBe('artifactType');
  });

  it('where it takes the registry for one without referrers: an index under the tag of the digest', async () => {
    const subject = await pushImage(registry, 'oras/app', 'v1');
    const sbom = await attach(subject, 'example/sbom');
    const tag = subject.replace(':', '-');
    const manifests = [{ mediaType: OCI_MANIFEST, digest: sbom, size: 1, artifactType: 'example/sbom' }];
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
    const headers = { 'content-type': OCI_INDEX };
    const before = await registry.call('GET', `/v2/oras/app/manifests/${tag}`);
    const written = await registry.call('PUT', `/v2/oras/app/manifests/${tag}`, { headers, body: index });
    const read = await registry.call('GET', `/v2/oras/app/manifests/${tag}`, { headers: { accept: OCI_INDEX } });

    expect([before.status, before.code, written.status]).toEqual([404, 'MANIFEST_UNKNOWN', 201]);
    expect(read.bytes.toString()).toBe(index);
  });

  it('for `cp` inside one registry: a mount, and the whole blob where it gets none', async () => {
    await pushImage(registry, 'oras/app', 'v1', [LAYER]);
    const path = (digest: string) => `/v2/oras/copy/blobs/uploads/?from=oras%2Fapp&mount=${encodeURIComponent(digest)}`;
    const mounted = await registry.call('POST', path(digestOf(LAYER)));
    const refused = await registry.call('POST', path(digestOf('nowhere')));

    expect([mounted.status, refused.status]).toEqual([201, 202]);
    expect((await put('nowhere', withDigest(refused, digestOf('nowhere')))).status).toBe(201);
  });
});

describe('what the Azure CLI sends', () => {
  it('for `az acr repository list`, `show`, `untag` and `delete`', async () => {
    await pushImage(registry, 'cli/app', 'v1');
    const ask = (method: string, path: string) => registry.call(method, `/acr/v1/${path}`);

    expect((await ask('GET', '_catalog?n=100&last=cli')).json.repositories).toContain('cli/app');
    expect((await ask('GET', 'cli/app/_tags?n=100&orderby=timedesc')).json.tags).toHaveLength(1);
    expect((await ask('GET', 'cli/app')).status).toBe(200);
    expect((await ask('DELETE', 'cli/app/_tags/v1')).status).toBe(202);
    expect((await ask('DELETE', 'cli/app')).status).toBe(202);
    expect((await ask('GET', '_catalog')).json.repositories).not.toContain('cli/app');
  });
});

import type { TokenSource } from '../../../../src/oci/token-source.ts';
import { passwordTokenSource } from '../../../../src/oci/token-source.ts';
import { buildImage, pushImage } from '../../../support/images.ts';
import {
  CREDENTIALS,
  type MemoryRegistry,
  type MemoryRegistryOptions,
  startMemoryRegistry,
} from '../../../support/memory-registry.ts';
import { clientOf, seenBy } from './support.ts';

describe('authentication of the registry client', () => {
  const started: MemoryRegistry[] = [];
  const start = async (options: MemoryRegistryOptions) => {
    const registry = await startMemoryRegistry(options);
    started.push(registry);
    return registry;
  };
  afterEach(async () => {
    for (const registry of started.splice(0)) await registry.close();
  });

  const tokenRequests = (registry: MemoryRegistry) => registry.requests.filter(({ url }) => url.startsWith('/token'));

  it('answers a Basic challenge with user name and password, from the second request on unasked', async () => {
    const registry = await start({ auth: 'basic' });
    const client = clientOf(registry);
    await client.resolve('a', 'v1');
    await client.resolve('a', 'v2');
    expect(seenBy(registry)).toEqual(['HEAD /v2/a/manifests/v1', 'HEAD /v2/a/manifests/v1', 'HEAD /v2/a/manifests/v2']);
  });

  it('refuses a Basic challenge when the source has no password', async () => {
    const registry = await start({ auth: 'basic' });
    const tokens: TokenSource = { bearer: async () => ({ token: 't' }) };
    await expect(clientOf(registry, { tokens }).resolve('a', 'v1')).rejects.toMatchObject({
      class: 'access',
      code: 'BASIC_REFUSED',
    });
  });

  it('gets one token for many requests at once', async () => {
    const registry = await start({ auth: 'bearer' });
    const client = clientOf(registry);
    await Promise.all(['v1', 'v2', 'v3', 'v4'].map((tag) => client.resolve('a', tag)));
    await client.resolve('a', 'v5');
    expect(tokenRequests(registry)).toHaveLength(1);
  });

  it('gets a token per repository without being challenged again', async () => {
    const registry = await start({ auth: 'bearer' });
    const client = clientOf(registry);
    await client.resolve('a', 'v1');
    await client.resolve('b', 'v1');
    expect(seenBy(registry)).toEqual(['HEAD /v2/a/manifests/v1', 'HEAD /v2/a/manifests/v1', 'HEAD /v2/b/manifests/v1']);
    expect(tokenRequests(registry).map(({ url }) => new URL(url, registry.endpoint).searchParams.get('scope'))).toEqual(
      ['repository:a:pull', 'repository:b:pull'],
    );
  });

  it('renews a token that the registry no longer takes', async () => {
    const registry = await start({ auth: 'bearer' });
    const client = clientOf(registry);
    await client.resolve('a', 'v1');
    const old = registry.requests.at(-1)?.headers.authorization;
    registry.fault = ({ headers }) =>
      headers.authorization === old
        ? { status: 401, headers: { 'www-authenticate': `Bearer realm="${registry.endpoint}/token",service="m"` } }
        : undefined;
    await expect(client.resolve('a', 'v2')).resolves.toBeUndefined();
    expect(tokenRequests(registry)).toHaveLength(2);
  });

  it('renews a token before it expires', async () => {
    const registry = await start({ auth: 'bearer', tokenLifetimeSeconds: 0 });
    const client = clientOf(registry);
    await client.resolve('a', 'v1');
    await client.resolve('a', 'v2');
    expect(tokenRequests(registry)).toHaveLength(2);
  });

  it('fails with class access when the new token is refused too', async () => {
    const registry = await start({ auth: 'bearer' });
    const tokens: TokenSource = { bearer: async () => ({ token: 'useless' }) };
    await expect(clientOf(registry, { tokens }).fetchManifest('a', 'v1')).rejects.toMatchObject({
      class: 'access',
      code: 'UNAUTHORIZED',
    });
  });

  it('asks for both repositories when it mounts', async () => {
    const registry = await start({ auth: 'bearer' });
    const image = buildImage({ seed: 1, layerSizes: [10] });
    const client = clientOf(registry);
    await pushImage(client, 'a', 'v1', image);
    const [digest = ''] = image.blobs.keys();
    await expect(client.mountBlob('b', digest, 'a')).resolves.toBe(true);
    const asked = new URL(tokenRequests(registry).at(-1)?.url ?? '', registry.endpoint).searchParams.getAll('scope');
    expect(asked).toEqual(['repository:b:pull,push', 'repository:a:pull']);
  });

  it('sends no password and no token request to a realm elsewhere', async () => {
    const elsewhere = await start({});
    const registry = await start({ auth: 'bearer', realm: `${elsewhere.endpoint}/token` });
    await expect(clientOf(registry).resolve('a', 'v1')).rejects.toMatchObject({
      class: 'service',
      code: 'FOREIGN_ORIGIN',
    });
    expect(elsewhere.requests).toEqual([]);
  });

  it('refuses a foreign realm in the token source itself', async () => {
    const source = passwordTokenSource(CREDENTIALS.username, CREDENTIALS.password);
    const request = {
      endpoint: new URL('https://r.test'),
      realm: new URL('https://evil.test/t'),
      service: 's',
      scopes: [],
    };
    await expect(source.bearer(request)).rejects.toMatchObject({ code: 'FOREIGN_ORIGIN' });
  });

  it('tells a wrong password from a registry that is ill', async () => {
    const registry = await start({ auth: 'bearer' });
    const wrong = passwordTokenSource('reader', 'wrong');
    await expect(clientOf(registry, { tokens: wrong }).resolve('a', 'v1')).rejects.toMatchObject({ class: 'access' });
    registry.fault = ({ url }) => (url.startsWith('/token') ? { status: 200, body: '{}' } : undefined);
    await expect(clientOf(registry).resolve('a', 'v1')).rejects.toMatchObject({
      class: 'service',
      code: 'TOKEN_INVALID',
    });
  });

  it('tries a token request again that failed for a moment', async () => {
    const registry = await start({ auth: 'bearer' });
    let failures = 1;
    registry.fault = ({ url }) => (url.startsWith('/token') && failures-- > 0 ? { status: 503 } : undefined);
    await expect(clientOf(registry).resolve('a', 'v1')).resolves.toBeUndefined();
  });
});

import { TENANTS } from '../../../../local/names.ts';
import { TokenAuthority } from '../../../../local/tokens.ts';
import type { RegistryFixture } from './registry-fixture.ts';
import { ADMIN, basic, LOGIN_SERVER, pushImage, SIGNING_KEY, startFixture, TOKENS } from './registry-fixture.ts';

const TOKEN_USER = '00000000-0000-0000-0000-000000000000';
const ARM = 'https://management.source.test';

let registry: RegistryFixture;

beforeAll(async () => {
  registry = await startFixture();
  await pushImage(registry, 'team/app', 'v1');
});

afterAll(async () => {
  await registry?.stop();
});

function postForm(path: string, form: Record<string, string>, authorization: string | null = null) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return registry.call('POST', path, { headers, authorization, body: new URLSearchParams(form).toString() });
}

async function exchange(audience: string): Promise<string> {
  const accessToken = TOKENS.mint({ aud: audience, oid: 'caller' });
  const form = { grant_type: 'access_token', service: LOGIN_SERVER, access_token: accessToken };
  return (await postForm('/oauth2/exchange', form)).json.refresh_token;
}

async function bearerFor(...scopes: string[]): Promise<string> {
  const form = {
    grant_type: 'refresh_token',
    service: LOGIN_SERVER,
    scope: scopes.join(' '),
    refresh_token: await exchange(ARM),
  };
  return `Bearer ${(await postForm('/oauth2/token', form)).json.access_token}`;
}

describe('the challenge of the registry', () => {
  it('leads to the token service at the scheme, name and port by which the client came', async () => {
    const byHttp = await registry.call('GET', '/v2/', { authorization: null });
    const byHttps = await registry.call('GET', '/v2/', { authorization: null, https: true });
    const byName = await registry.call('GET', '/v2/', { authorization: null, headers: { host: LOGIN_SERVER } });

    const host = new URL(registry.httpOrigin).host;
    expect(byHttp.headers['www-authenticate']).toBe(
      `Bearer realm="${registry.httpOrigin}/oauth2/token",service="${host}"`,
    );
    expect(byHttps.headers['www-authenticate']).toContain(`realm="${registry.httpsOrigin}/oauth2/token"`);
    expect(byName.headers['www-authenticate']).toContain(`service="${LOGIN_SERVER}"`);
    expect([byHttp.status, byHttp.code]).toEqual([401, 'UNAUTHORIZED']);
  });

  it.each([
    ['GET', '/v2/team/app/manifests/v1', 'repository:team/app:pull'],
    ['PUT', '/v2/team/app/manifests/v1', 'repository:team/app:pull,push'],
    ['DELETE', '/v2/team/app/manifests/v1', 'repository:team/app:delete'],
    ['GET', '/v2/team/app/tags/list', 'repository:team/app:metadata_read'],
    ['GET', '/acr/v1/team/app/_manifests', 'repository:team/app:metadata_read'],
    ['GET', '/v2/_catalog', 'registry:catalog:*'],
    [
      'POST',
      `/v2/team/app/blobs/uploads/?mount=sha256:${'0'.repeat(64)}&from=other`,
      'repository:team/app:pull,push repository:other:pull',
    ],
  ])('on %s %s names the scope %s', async (method, path, scope) => {
    const answer = await registry.call(method, path, { authorization: null });

    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain(`,scope="${scope}"`);
  });

  it('says invalid_token for a credential that is none, insufficient_scope for one that does not reach', async () => {
    const path = '/v2/team/app/manifests/v1';
    const wrong = await registry.call('GET', path, { authorization: 'Bearer x.y.z' });
    const narrow = await registry.call('GET', path, { authorization: await bearerFor('repository:other:pull') });

    expect(wrong.headers['www-authenticate']).toMatch(/error="invalid_token"$/);
    expect(narrow.headers['www-authenticate']).toMatch(/error="insufficient_scope"$/);
    expect(narrow.json.errors[0]?.detail).toEqual([{ Type: 'repository', Name: 'team/app', Action: 'pull' }]);
  });
});

describe('the token exchange', () => {
  it.each([ARM, `${ARM}/`, 'https://containerregistry.azure.net'])('takes an Entra token for %s', async (audience) => {
    const refreshToken = await exchange(audience);
    expect(TOKENS.verify(refreshToken, [LOGIN_SERVER])).toMatchObject({ oid: 'caller', grant_type: 'refresh_token' });
  });

  it.each(['https://management.target.test', 'https://vault.azure.net', LOGIN_SERVER])(
    'refuses a token for %s',
    async (audience) => {
      const accessToken = TOKENS.mint({ aud: audience, oid: 'caller' });
      const form = { grant_type: 'access_token', service: LOGIN_SERVER, access_token: accessToken };
      expect((await postForm('/oauth2/exchange', form)).status).toBe(401);
    },
  );

  it("refuses another tenant's token", async () => {
    const foreign = new TokenAuthority(SIGNING_KEY, { tenantId: TENANTS.target });
    const form = { grant_type: 'access_token', service: LOGIN_SERVER };
    const accessToken = foreign.mint({ aud: ARM, oid: 'caller' });
    expect((await postForm('/oauth2/exchange', { ...form, access_token: accessToken })).status).toBe(401);
  });

  it('refuses an expired token', async () => {
    const accessToken = TOKENS.mint({ aud: ARM, oid: 'caller' }, -10);
    const form = { grant_type: 'access_token', service: LOGIN_SERVER, access_token: accessToken };
    expect((await postForm('/oauth2/exchange', form)).status).toBe(401);
  });

  it('refuses another grant and another service, naming those allowed', async () => {
    const grant = await postForm('/oauth2/exchange', { grant_type: 'password', service: LOGIN_SERVER });
    const service = await postForm('/oauth2/exchange', { grant_type: 'access_token', service: 'elsewhere' });

    expect([grant.status, grant.message]).toEqual([400, expect.stringContaining('access_token')]);
    expect([service.status, service.message]).toEqual([400, expect.stringContaining(LOGIN_SERVER)]);
  });
});

describe('the token service', () => {
  it('lets a token do what its scope says and nothing else', async () => {
    const pull = await bearerFor('repository:team/app:pull');
    const path = '/v2/team/app/manifests/v1';

    expect((await registry.call('GET', path, { authorization: pull })).status).toBe(200);
    expect((await registry.call('GET', '/v2/team/app/tags/list', { authorization: pull })).status).toBe(200);
    for (const [method, other] of [
      ['DELETE', path],
      ['PUT', path],
      ['POST', '/v2/team/app/blobs/uploads/'],
      ['GET', '/v2/_catalog'],
      ['GET', '/v2/team/other/tags/list'],
    ] as const) {
      expect([other, (await registry.call(method, other, { authorization: pull })).status]).toEqual([other, 401]);
    }
  });

  it('gives several scopes in one token', async () => {
    const token = await bearerFor('repository:team/app:pull', 'registry:catalog:*');

    expect((await registry.call('GET', '/v2/_catalog', { authorization: token })).status).toBe(200);
    expect((await registry.call('GET', '/v2/team/app/manifests/v1', { authorization: token })).status).toBe(200);
  });

  it('does not take an access token for a refresh token, nor the other way round', async () => {
    const refreshToken = await exchange(ARM);
    const accessToken = (await bearerFor('repository:team/app:pull')).slice('Bearer '.length);
    const form = { grant_type: 'refresh_token', service: LOGIN_SERVER, scope: '', refresh_token: accessToken };

    expect((await postForm('/oauth2/token', form)).status).toBe(401);
    expect((await registry.call('GET', '/v2/', { authorization: `Bearer ${refreshToken}` })).status).toBe(401);
  });

  it('does not take the tokens of another registry, nor an Entra token itself', async () => {
    const foreign = TOKENS.mint({ aud: 'tgtregistry.azurecr.target.test', oid: 'x', access: [] });
    const entra = TOKENS.mint({ aud: ARM, oid: 'x' });

    for (const token of [foreign, entra]) {
      expect((await registry.call('GET', '/v2/', { authorization: `Bearer ${token}` })).status).toBe(401);
    }
  });

  it('takes the admin by password, by form and by Basic', async () => {
    const scope = 'repository:team/app:pull';
    const form = await postForm('/oauth2/token', { grant_type: 'password', service: LOGIN_SERVER, scope, ...ADMIN });
    const byQuery = await registry.call('GET', `/oauth2/token?service=${LOGIN_SERVER}&scope=${scope}&account=admin`);

    for (const { json } of [form, byQuery]) {
      const authorization = `Bearer ${json.access_token}`;
      expect((await registry.call('GET', '/v2/team/app/manifests/v1', { authorization })).status).toBe(200);
    }
  });

  it('takes a refresh token as the password of the token user', async () => {
    const authorization = basic(TOKEN_USER, await exchange(ARM));
    const answer = await registry.call('GET', `/oauth2/token?service=${LOGIN_SERVER}`, { authorization });

    expect(TOKENS.verify(answer.json.access_token, [LOGIN_SERVER])).toMatchObject({ oid: 'caller', access: [] });
  });

  it.each([
    ['a wrong password', basic('admin', 'wrong')],
    ['another user', basic('root', ADMIN.password)],
    ['no password', null],
    ['the token user with a password', basic(TOKEN_USER, ADMIN.password)],
  ])('refuses %s', async (_name, authorization) => {
    const answer = await registry.call('GET', `/oauth2/token?service=${LOGIN_SERVER}`, { authorization });
    expect([answer.status, answer.code]).toEqual([401, 'UNAUTHORIZED']);
  });

  it('refuses a form of more than 1 MiB', async () => {
    const answer = await postForm('/oauth2/token', { grant_type: 'password', scope: 'x'.repeat(1024 * 1024) });
    expect([answer.status, answer.code]).toEqual([413, 'SIZE_INVALID']);
  });

  it('refuses a scope of another form', async () => {
    const answer = await registry.call('GET', `/oauth2/token?service=${LOGIN_SERVER}&scope=everything`);
    expect([answer.status, answer.code]).toEqual([400, 'UNSUPPORTED']);
  });
});

describe('the registry itself', () => {
  it('takes the admin by Basic and refuses a wrong password', async () => {
    expect((await registry.call('GET', '/v2/')).status).toBe(200);
    expect((await registry.call('GET', '/v2/', { authorization: basic('admin', 'wrong') })).status).toBe(401);
  });

  it('gives each answer a correlation id of its own', async () => {
    const answers = [
      await registry.call('GET', '/v2/'),
      await registry.call('GET', '/v2/', { authorization: null }),
      await registry.call('GET', '/nowhere'),
    ];
    const ids = answers.map(({ headers }) => headers['x-ms-correlation-request-id']);
    expect(ids.every((id) => typeof id === 'string' && id.length > 0)).toBe(true);
    expect(new Set(ids).size).toBe(3);
  });

  it('does not answer for another registry of the local clouds', async () => {
    const answer = await registry.call('GET', '/v2/', { headers: { host: 'other.azurecr.source.test' } });
    expect([answer.status, answer.message]).toEqual([421, expect.stringContaining(LOGIN_SERVER)]);
  });

  it.each([
    ['POST', '/v2/_catalog', 405, 'UNSUPPORTED'],
    ['GET', '/v2/team/app', 404, 'UNSUPPORTED'],
    ['GET', '/v2/Team/tags/list', 400, 'NAME_INVALID'],
    ['GET', '/v2/team/%zz/tags/list', 400, 'NAME_INVALID'],
  ])('answers %s %s with %i %s', async (method, path, status, code) => {
    const answer = await registry.call(method, path);
    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  it('takes a repository and a digest that the client percent-encoded', async () => {
    const digest = (await registry.call('HEAD', '/v2/team/app/manifests/v1')).headers['docker-content-digest'];
    const path = `/v2/team%2Fapp/manifests/${encodeURIComponent(String(digest))}`;
    expect((await registry.call('GET', path)).status).toBe(200);
  });
});

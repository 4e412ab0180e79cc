import { createRegistryClient, createRegistryTokenSource } from '../../../src/azure/registry-tokens.ts';
import { KNOWN_CLOUDS } from '../../../src/domain/cloud.ts';
import { type FakeService, fixedCredential, type Reply, type SeenRequest, startFakeService } from './fake-service.ts';

const tenantId = '11111111-1111-4111-8111-111111111111';
const cloud = KNOWN_CLOUDS.AzurePublic;
let registry: FakeService;
let credential: ReturnType<typeof fixedCredential>;

beforeAll(async () => {
  registry = await startFakeService();
});
afterAll(() => registry.stop());
beforeEach(() => {
  registry.seen = [];
  credential = fixedCredential();
});

const jwt = (name: string, lifeSeconds: number) => {
  const claims = { jti: name, exp: Math.floor(Date.now() / 1000) + lifeSeconds };
  return `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
};
const denied: Reply = { status: 401, body: { errors: [{ code: 'UNAUTHORIZED', message: 'no' }] } };
const formOf = (request: SeenRequest) => Object.fromEntries(new URLSearchParams(request.body));
const source = () =>
  createRegistryTokenSource({ loginServer: `localhost:${registry.port}`, cloud, tenantId, credential, side: 'source' });
const ask = (tokens: ReturnType<typeof source>, realm = registry.origin) =>
  tokens.bearer({
    endpoint: new URL(registry.origin),
    realm: new URL(`${realm}/oauth2/token`),
    service: `localhost:${registry.port}`,
    scopes: ['repository:a:pull', 'repository:b:pull,push'],
  });
const paths = () => registry.seen.map((each) => each.path);
const normal = (request: SeenRequest): Reply =>
  request.path === '/oauth2/exchange'
    ? { status: 200, body: { refresh_token: jwt('refresh', 3 * 3600) } }
    : { status: 200, body: { access_token: jwt('access', 3600) } };

describe('createRegistryTokenSource', () => {
  it('exchanges the Entra token and asks for the scopes, keeping the refresh token', async () => {
    registry.reply = normal;
    const tokens = source();
    const first = await ask(tokens);
    await ask(tokens);
    expect(paths()).toEqual(['/oauth2/exchange', '/oauth2/token', '/oauth2/token']);
    expect(formOf(registry.seen[0] as SeenRequest)).toEqual({
      grant_type: 'access_token',
      service: `localhost:${registry.port}`,
      tenant: tenantId,
      access_token: 'entra-token',
    });
    expect(formOf(registry.seen[1] as SeenRequest)).toMatchObject({
      grant_type: 'refresh_token',
      scope: 'repository:a:pull repository:b:pull,push',
    });
    expect(first.expiresAtMs).toBeGreaterThan(Date.now() + 3_500_000);
    expect(credential.scopes).toEqual([`${cloud.registryAudience}/.default`]);
  });

  it('shares one exchange between parallel callers', async () => {
    registry.reply = normal;
    const tokens = source();
    await Promise.all([ask(tokens), ask(tokens), ask(tokens)]);
    expect(paths().filter((path) => path === '/oauth2/exchange')).toHaveLength(1);
  });

  it('tries the ARM audience after a 401 and asks that first from then on', async () => {
    let refusals = 1;
    registry.reply = (request) => {
      if (request.path !== '/oauth2/exchange') return normal(request);
      if (refusals-- > 0) return denied;
      return { status: 200, body: { refresh_token: jwt('short', 10) } };
    };
    const tokens = source();
    await ask(tokens);
    await ask(tokens);
    const [registryScope, armScope] = [`${cloud.registryAudience}/.default`, `${cloud.armAudience}/.default`];
    expect(credential.scopes).toEqual([registryScope, armScope, armScope]);
  });

  it('fails with the registry code when no audience is taken', async () => {
    registry.reply = () => denied;
    await expect(ask(source())).rejects.toMatchObject({ class: 'access', code: 'UNAUTHORIZED', side: 'source' });
    expect(credential.scopes).toHaveLength(2);
  });

  it('does not try another audience when the registry is busy', async () => {
    registry.reply = () => ({ status: 503, headers: { 'retry-after': '4' } });
    await expect(ask(source())).rejects.toMatchObject({ class: 'transient', retryAfterMs: 4000 });
    expect(credential.scopes).toHaveLength(1);
  });

  it('exchanges anew, once, when a kept refresh token is refused', async () => {
    registry.reply = normal;
    const tokens = source();
    await ask(tokens);
    let refusals = 1;
    registry.reply = (request) => (request.path === '/oauth2/token' && refusals-- > 0 ? denied : normal(request));
    await ask(tokens);
    expect(paths().filter((path) => path === '/oauth2/exchange')).toHaveLength(2);
    registry.reply = (request) => (request.path === '/oauth2/token' ? denied : normal(request));
    await expect(ask(tokens)).rejects.toMatchObject({ class: 'access' });
  });

  it('sends nothing when realm or endpoint are not the login server', async () => {
    registry.reply = normal;
    await expect(ask(source(), 'https://elsewhere.test')).rejects.toMatchObject({ code: 'FOREIGN_ORIGIN' });
    const other = createRegistryTokenSource({ loginServer: 'other.azurecr.io', cloud, tenantId, credential });
    await expect(ask(other)).rejects.toMatchObject({ code: 'FOREIGN_ORIGIN' });
    expect(registry.seen).toHaveLength(0);
    expect(credential.scopes).toHaveLength(0);
  });

  it('does not follow a redirect', async () => {
    registry.reply = () => ({ status: 307, headers: { location: 'https://elsewhere.test/' } });
    await expect(ask(source())).rejects.toMatchObject({ code: 'HTTP_307' });
  });

  it('says so when an answer has no token, without showing it', async () => {
    registry.reply = () => ({ status: 200, body: { something: 'SECRET' } });
    await expect(ask(source())).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
      message: expect.not.stringContaining('SECRET'),
    });
  });
});

describe('createRegistryClient', () => {
  it.each([
    'contoso.azurecr.cn',
    'contoso.azurecr.io.evil.test',
    'azurecr.io',
    'evil.test/contoso.azurecr.io',
    'x@contoso.azurecr.io',
  ])('refuses the login server %s', (loginServer) => {
    expect(() => createRegistryClient(loginServer, { cloud, tenantId }, credential, 'target')).toThrow(
      expect.objectContaining({ code: 'FOREIGN_ORIGIN', side: 'target' }),
    );
  });

  it('takes a name of the cloud, with a suffix of its own too', () => {
    expect(createRegistryClient('contoso-a1b2.azurecr.io', { cloud, tenantId }, credential)).toBeDefined();
  });
});

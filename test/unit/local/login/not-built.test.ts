import { generateKeyPairSync } from 'node:crypto';
import type { RunningServer } from '../../../../local/http.ts';
import { startLogin } from '../../../../local/login/server.ts';
import { TENANT_ID } from '../../../../local/names.ts';
import { TokenAuthority } from '../../../../local/tokens.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const tokens = new TokenAuthority(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
let server: RunningServer;

beforeAll(async () => {
  server = await startLogin({ port: 0, tokens, clouds: ['source'], applications: [] });
});
afterAll(() => server?.stop());

async function ask(method: string, path: string, form?: Record<string, string>) {
  const body = form === undefined ? {} : { body: new URLSearchParams(form) };
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method, ...body });
  return { status: answer.status, body: (await answer.json()) as { error: string; error_description: string } };
}

describe('the local authority', () => {
  it.each([
    ['GET', `/${TENANT_ID}/oauth2/v2.0/authorize`],
    ['POST', `/${TENANT_ID}/oauth2/v2.0/devicecode`],
    ['POST', `/${TENANT_ID}/oauth2/token`],
    ['POST', '/organizations/oauth2/v2.0/token'],
    ['GET', '/common/v2.0/.well-known/openid-configuration'],
  ])('has not built %s %s, and says 501 with its name', async (method, path) => {
    const { status, body } = await ask(method, path);
    expect([status, body.error]).toEqual([501, 'not_emulated']);
    expect(body.error_description).toContain(`${method} ${path}`);
  });

  it.each([
    [{ grant_type: 'refresh_token', client_id: 'a' }, 'grant_type refresh_token'],
    [{ grant_type: 'client_credentials', client_id: 'a', client_secret: 'S3CRET' }, 'client_secret'],
  ])('has not built a token by %j', async (form, name) => {
    const { status, body } = await ask('POST', `/${TENANT_ID}/oauth2/v2.0/token`, form);
    expect([status, body.error]).toEqual([501, 'not_emulated']);
    expect(body.error_description).toContain(name);
    expect(body.error_description).not.toContain('S3CRET');
  });

  it.each([
    ['GET', `/${TENANT_ID}/nothing`, 404],
    ['GET', '/', 404],
    ['GET', `/nobody/discovery/v2.0/keys`, 400],
    ['GET', '/common/discovery/instance', 200],
  ])('answers %s %s with %i', async (method, path, status) => {
    expect((await ask(method, path)).status).toBe(status);
  });

  it('refuses a grant that nobody knows', async () => {
    const form = { grant_type: 'nonsense', client_id: 'a' };
    expect((await ask('POST', `/${TENANT_ID}/oauth2/v2.0/token`, form)).status).toBe(400);
  });
});

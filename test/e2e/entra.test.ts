import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { cloudObject, TENANT_ID } from '../../local/names.ts';
import { issuerOf, TokenAuthority } from '../../local/tokens.ts';
import { checkAnswer } from '../support/api-contract.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { type Answer, startTestStack, type TestStack } from '../support/stack.ts';

const CLIENT = '00000000-0000-4000-8000-00000000bbbb';
const OTHER_TENANT = '22222222-2222-4222-8222-222222222222';
const PERSON = '00000000-0000-4000-8000-00000000cccc';
const API_KEY = 'k'.repeat(40);
const ROLES = ['Transfer.Read', 'Transfer.Start', 'Transfer.Admin'] as const;

const ISSUER = issuerOf(TENANT_ID);
let cloud: TestStack;

beforeAll(async () => {
  const { authorityHost } = cloudObject('source');
  const settings = { AUTH_TENANT_ID: TENANT_ID, AUTH_CLIENT_ID: CLIENT, AUTH_AUTHORITY_HOST: authorityHost, API_KEY };
  cloud = await startTestStack({ settings });
  await pushImage(cloud.stack.registry('source'), 'e/image', 'v1', buildImage({ seed: 5, layerSizes: [100] }));
});
afterAll(() => cloud?.stop());

function tokenOf(roles: readonly string[], { aud = CLIENT, lifeSeconds = 300 } = {}): string {
  const tokens = new TokenAuthority(cloud.stack.certificates.signingKey);
  return tokens.mint({ aud, oid: PERSON, roles }, lifeSeconds);
}

/** Calls the API without the host's key; the answer is held to the contract. */
async function ask(method: string, path: string, headers: Record<string, string>, body?: object): Promise<Answer> {
  const { url } = cloud.stack.endpoints.functions;
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`${url}/api${path}`, init);
  const text = await response.text();
  const answer = {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
  checkAnswer(response.url, method, answer);
  return answer;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const transferOf = (id: string) => ({ route: cloud.route.name, artifacts: ['e/image:v1'], id });

describe('an app that takes tokens of Entra ID', () => {
  it.each([
    ['Transfer.Read', [200, 403, 403, 403]],
    ['Transfer.Start', [200, 202, 403, 403]],
    ['Transfer.Admin', [200, 202, 404, 202]],
  ] as const)('lets %s read, start, delete and rotate as its role says: %j', async (role, statuses) => {
    const headers = bearer(tokenOf([role]));
    const id = `by-${role.toLowerCase().replace('.', '-')}`;
    const answers = [
      await ask('GET', '/transfers', headers),
      await ask('POST', '/transfers', headers, transferOf(id)),
      await ask('DELETE', '/transfers/nobody-has-it', headers),
      await ask('POST', `/routes/${cloud.route.name}/rotate-sas`, headers, {}),
    ];
    expect(answers.map(({ status }) => status)).toEqual(statuses);
    for (const { status, body } of answers.filter((answer) => answer.status === 403))
      expect(body).toMatchObject({ status, detail: expect.stringContaining(`has the roles: ${role}; needed: `) });
  });

  it('keeps the object id of who asked, from the start to the end', async () => {
    const accepted = await ask('POST', '/transfers', bearer(tokenOf(['Transfer.Admin'])), transferOf('whose'));
    expect(accepted.body.requestedBy).toBe(PERSON);
    for (;;) {
      const { body } = await ask('GET', '/transfers/whose', bearer(tokenOf(['Transfer.Read'])));
      expect(body.requestedBy).toBe(PERSON);
      if (body.finishedAt !== null) break;
    }
    const deleted = await ask('DELETE', '/transfers/whose', bearer(tokenOf(['Transfer.Admin'])));
    expect(deleted.status).toBe(202);
  });

  it('refuses every token that is not good for it, and says why', async () => {
    const { signingKey } = cloud.stack.certificates;
    const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const claims = { aud: CLIENT, oid: PERSON, roles: ROLES };
    const sign = (key: typeof otherKey, issuer: string, alg = 'RS256') =>
      new SignJWT(claims).setProtectedHeader({ alg }).setIssuer(issuer).setExpirationTime('5m').sign(key);
    const tokens = {
      expired: tokenOf(ROLES, { lifeSeconds: -120 }),
      'for another application': tokenOf(ROLES, { aud: PERSON }),
      'of another key': await sign(otherKey, ISSUER),
      'of another tenant': await sign(createPrivateKey(signingKey), issuerOf(OTHER_TENANT)),
      'of another algorithm': await sign(createPrivateKey(signingKey), ISSUER, 'RS384'),
      unsigned: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`,
      nonsense: 'nonsense',
    };
    for (const [what, token] of Object.entries(tokens)) {
      const { status, headers, body } = await ask('GET', '/transfers', bearer(token));
      expect([what, status, headers.get('www-authenticate')]).toEqual([what, 401, 'Bearer error="invalid_token"']);
      expect(body.detail).toMatch(/^The bearer token is not good: \S/);
      expect(JSON.stringify(body)).not.toContain(token);
    }
    expect((await ask('GET', '/transfers', bearer(await sign(createPrivateKey(signingKey), ISSUER)))).status).toBe(200);
  });

  it('refuses who has roles of somebody else or none, and who says nothing', async () => {
    expect((await ask('GET', '/transfers', bearer(tokenOf([])))).status).toBe(403);
    expect((await ask('GET', '/transfers', bearer(tokenOf(['transfer.read', 'Reader'])))).status).toBe(403);
    const silent = await ask('GET', '/transfers', {});
    expect([silent.status, silent.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const principal = Buffer.from(
      JSON.stringify({
        claims: [
          { typ: 'oid', val: PERSON },
          { typ: 'roles', val: 'Transfer.Admin' },
        ],
      }),
    );
    expect((await ask('GET', '/transfers', { 'x-ms-client-principal': principal.toString('base64') })).status).toBe(
      401,
    );
  });

  it('takes its own key, and not the one of the host', async () => {
    const { key } = cloud.stack.endpoints.functions;
    expect((await ask('GET', '/transfers', { 'x-functions-key': key })).status).toBe(401);
    expect((await ask('GET', `/transfers?code=${key}`, {})).status).toBe(401);
    const started = await ask('POST', '/transfers', { 'x-functions-key': API_KEY }, transferOf('by-key'));
    expect([started.status, started.body.requestedBy]).toEqual([202, 'key']);
  });

  it('leaves the health check open to everybody', async () => {
    const { status, body } = await ask('GET', '/health', {});
    expect([status, body]).toEqual([200, { state: 'ok', routes: { usable: 1, unusable: 0 } }]);
  });
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpRequest } from '@azure/functions';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { AccessSettings } from '../../../src/config/settings.ts';
import { createGate, type Role } from '../../../src/functions/http/access.ts';

const TENANT = '00000000-0000-4000-8000-00000000aaaa';
const CLIENT = '00000000-0000-4000-8000-00000000bbbb';
const OBJECT = '00000000-0000-4000-8000-00000000cccc';
const API_KEY = 'k'.repeat(40);

let server: Server;
let authorityHost: string;
let privateKey: CryptoKey;

beforeAll(async () => {
  const pair = await generateKeyPair('RS256');
  privateKey = pair.privateKey;
  const keys = [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256' }];
  server = createServer((_, response) => void response.end(JSON.stringify({ keys })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  authorityHost = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function token(roles: string[]): Promise<string> {
  return new SignJWT({ iss: `${authorityHost}/${TENANT}/v2.0`, aud: CLIENT, oid: OBJECT, roles })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
    .setExpirationTime('5m')
    .sign(privateKey);
}

function principal(...claims: [string, string][]): string {
  return Buffer.from(JSON.stringify({ claims: claims.map(([typ, val]) => ({ typ, val })) })).toString('base64');
}

function ask(headers: Record<string, string>, needed: Role = 'Transfer.Read', more: Partial<Entra> = {}, query = '') {
  const settings: AccessSettings = {
    kind: 'entra',
    tenantId: TENANT,
    clientId: CLIENT,
    authorityHost,
    apiKey: API_KEY,
    trustsPlatform: false,
    ...more,
  };
  const request = { headers: new Headers(headers), query: new URLSearchParams(query) } as unknown as HttpRequest;
  return createGate(settings)(request, needed);
}
type Entra = Extract<AccessSettings, { kind: 'entra' }>;

describe('the gate with function keys', () => {
  it('lets in whom the host has let in', async () => {
    const request = { headers: new Headers(), query: new URLSearchParams() } as unknown as HttpRequest;
    await expect(createGate({ kind: 'functionKey' })(request, 'Transfer.Admin')).resolves.toEqual({ caller: 'key' });
  });
});

describe('the gate with tokens', () => {
  it.each<[string[], Role, boolean]>([
    [['Transfer.Read'], 'Transfer.Read', true],
    [['Transfer.Read'], 'Transfer.Start', false],
    [['Transfer.Start'], 'Transfer.Read', true],
    [['Transfer.Start'], 'Transfer.Start', true],
    [['Transfer.Start'], 'Transfer.Admin', false],
    [['Transfer.Admin'], 'Transfer.Admin', true],
    [['Transfer.Admin'], 'Transfer.Read', true],
    [['Reader', 'transfer.read'], 'Transfer.Read', false],
    [[], 'Transfer.Read', false],
  ])('roles %j for %s: %j', async (roles, needed, isLetIn) => {
    const access = await ask({ authorization: `Bearer ${await token(roles)}` }, needed);
    if (isLetIn) expect(access).toEqual({ caller: OBJECT });
    else expect(access).toMatchObject({ refused: { status: 403, code: 'ROLE_MISSING' } });
  });

  it('takes the app’s own key, in the header or in the query, and no other', async () => {
    await expect(ask({ 'x-functions-key': API_KEY }, 'Transfer.Admin')).resolves.toEqual({ caller: 'key' });
    await expect(ask({}, 'Transfer.Admin', {}, `code=${API_KEY}`)).resolves.toEqual({ caller: 'key' });
    const wrong = { refused: { status: 401, code: 'KEY_INVALID' } };
    await expect(ask({ 'x-functions-key': `${API_KEY}x` })).resolves.toMatchObject(wrong);
    await expect(ask({ 'x-functions-key': '' })).resolves.toMatchObject(wrong);
    await expect(
      ask({ 'x-functions-key': 'undefined' }, 'Transfer.Read', { apiKey: undefined }),
    ).resolves.toMatchObject(wrong);
  });

  it('refuses a call with nothing, and a bad token, with a challenge', async () => {
    await expect(ask({})).resolves.toMatchObject({
      refused: { status: 401, code: 'NOT_SIGNED_IN' },
      challenge: 'Bearer',
    });
    await expect(ask({ authorization: 'Basic abc' })).resolves.toMatchObject({ refused: { code: 'NOT_SIGNED_IN' } });
    await expect(ask({ authorization: 'Bearer abc' })).resolves.toMatchObject({
      refused: { status: 401, code: 'TOKEN_INVALID' },
      challenge: 'Bearer error="invalid_token"',
    });
  });

  it('believes what App Service forwards only where App Service stands before the app', async () => {
    const headers = { 'x-ms-client-principal': principal(['oid', OBJECT], ['roles', 'Transfer.Start']) };
    await expect(ask(headers)).resolves.toMatchObject({ refused: { code: 'NOT_SIGNED_IN' } });
    await expect(ask(headers, 'Transfer.Start', { trustsPlatform: true })).resolves.toEqual({ caller: OBJECT });
    await expect(ask(headers, 'Transfer.Admin', { trustsPlatform: true })).resolves.toMatchObject({
      refused: { code: 'ROLE_MISSING' },
    });
    const nobody = { 'x-ms-client-principal': principal(['roles', 'Transfer.Admin']) };
    await expect(ask(nobody, 'Transfer.Read', { trustsPlatform: true })).resolves.toMatchObject({
      refused: { code: 'TOKEN_INVALID' },
    });
    await expect(
      ask({ 'x-ms-client-principal': '%%%' }, 'Transfer.Read', { trustsPlatform: true }),
    ).resolves.toMatchObject({
      refused: { code: 'TOKEN_INVALID' },
    });
  });
});

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { createTokenVerifier, issuersOf } from '../../../../src/azure/sign-in/access-tokens.ts';
import { KNOWN_CLOUDS } from '../../../../src/domain/cloud.ts';

const TENANT = '00000000-0000-4000-8000-00000000aaaa';
const CLIENT = '00000000-0000-4000-8000-00000000bbbb';
const OBJECT = '00000000-0000-4000-8000-00000000cccc';

let server: Server;
let authorityHost: string;
let asked = 0;
let keys: object[] = [];
let privateKey: CryptoKey;

async function newKey(kid: string): Promise<CryptoKey> {
  const pair = await generateKeyPair('RS256', { extractable: true });
  keys = [...keys, { ...(await exportJWK(pair.publicKey)), kid, use: 'sig', alg: 'RS256' }];
  return pair.privateKey;
}

function sign(claims: JWTPayload, { kid = 'k1', key = privateKey, alg = 'RS256' } = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const good = { iss: `${authorityHost}/${TENANT}/v2.0`, aud: CLIENT, oid: OBJECT, nbf: now, exp: now + 600 };
  return new SignJWT({ ...good, ...claims }).setProtectedHeader({ alg, kid }).sign(key);
}

beforeAll(async () => {
  privateKey = await newKey('k1');
  server = createServer((request, response) => {
    asked += 1;
    const isKeys = request.url === `/${TENANT}/discovery/v2.0/keys`;
    response.writeHead(isKeys ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  authorityHost = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function verifier() {
  return createTokenVerifier({ tenantId: TENANT, clientId: CLIENT, authorityHost });
}

describe('the issuers of each cloud', () => {
  const issuers = (authorityHost: string) => issuersOf({ authorityHost, tenantId: TENANT });

  it.each([
    ['AzurePublic', 'https://login.microsoftonline.com', 'https://sts.windows.net'],
    ['AzureUSGovernment', 'https://login.microsoftonline.us', 'https://sts.windows.net'],
    // The authority answers at one name and signs as another.
    ['AzureChina', 'https://login.partner.microsoftonline.cn', 'https://sts.chinacloudapi.cn'],
  ] as const)('%s: %s and %s', (cloud, second, first) => {
    const expected = [`${second}/${TENANT}/v2.0`, `${first}/${TENANT}/`];
    expect(issuers(KNOWN_CLOUDS[cloud].authorityHost)).toEqual(expected);
    expect(issuers(second)).toEqual(expected);
  });

  it('takes an older address of the public authority for what it is', () => {
    expect(issuers('https://login.windows.net')).toEqual(issuers('https://login.microsoftonline.com'));
  });
});

describe('createTokenVerifier', () => {
  it('takes tokens of both versions, and tells who and what they are for', async () => {
    const verify = verifier();
    const second = await sign({ roles: ['Transfer.Read', 7] });
    await expect(verify(second)).resolves.toEqual({ claims: { objectId: OBJECT, roles: ['Transfer.Read'] } });
    const first = await sign({ iss: `https://sts.windows.net/${TENANT}/`, aud: `api://${CLIENT}` });
    await expect(verify(first)).resolves.toEqual({ claims: { objectId: OBJECT, roles: [] } });
  });

  it('asks for the keys once', async () => {
    const verify = verifier();
    asked = 0;
    for (let i = 0; i < 3; i++) await verify(await sign({}));
    expect(asked).toBe(1);
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    ['of another tenant', () => sign({ iss: `${authorityHost}/${CLIENT}/v2.0` }), /"iss"/],
    ['for another application', () => sign({ aud: OBJECT }), /"aud"/],
    ['that has expired', () => sign({ exp: Math.floor(Date.now() / 1000) - 120 }), /"exp"/],
    ['that is not good yet', () => sign({ nbf: Math.floor(Date.now() / 1000) + 600 }), /"nbf"/],
    ['that never expires', () => sign({ exp: undefined }), /"exp"/],
    ['of nobody', () => sign({ oid: undefined }), /"oid"/],
    ['of an empty object id', () => sign({ oid: '' }), /"oid"/],
    ['by a key that is not published', () => sign({}, { kid: 'other' }), /no applicable key/],
    ['that is none', async () => 'a.b.c', /./],
    ['without a signature', async () => `${(await sign({})).split('.').slice(0, 2).join('.')}.`, /signature/],
  ])('refuses a token %s', async (_, make, fault) => {
    await expect(verifier()(await make())).resolves.toEqual({ fault: expect.stringMatching(fault) });
  });

  it('refuses a token that was signed by somebody else under a known name, or with the public key as a secret', async () => {
    const other = await generateKeyPair('RS256');
    await expect(verifier()(await sign({}, { key: other.privateKey }))).resolves.toMatchObject({
      fault: expect.stringContaining('signature'),
    });
    const now = Math.floor(Date.now() / 1000);
    const forged = await new SignJWT({
      iss: `${authorityHost}/${TENANT}/v2.0`,
      aud: CLIENT,
      oid: OBJECT,
      exp: now + 60,
    })
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .sign(Buffer.from(JSON.stringify(keys[0])));
    await expect(verifier()(forged)).resolves.toMatchObject({ fault: expect.stringContaining('alg') });
  });

  it('says that the authority is not there, and nothing of the token', async () => {
    const verify = createTokenVerifier({ tenantId: CLIENT, clientId: CLIENT, authorityHost });
    await expect(verify(await sign({}))).rejects.toMatchObject({ class: 'transient', code: 'AUTHORITY_UNREACHABLE' });
    const gone = createTokenVerifier({ tenantId: TENANT, clientId: CLIENT, authorityHost: 'http://127.0.0.1:9' });
    await expect(gone(await sign({}))).rejects.toMatchObject({ code: 'AUTHORITY_UNREACHABLE' });
  });
});

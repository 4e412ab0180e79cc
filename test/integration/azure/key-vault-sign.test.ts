import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { EnvHttpProxyAgent, request } from 'undici';
import type { May } from '../../../local/access/role-assignments.ts';
import { startKeyVault } from '../../../local/key-vault/server.ts';
import { cloudObject, OPERATOR_IDENTITY, resourcesOf, TENANT_ID } from '../../../local/names.ts';
import { createCredential } from '../../../src/azure/sign-in/credential.ts';
import { openSigner } from '../../../src/azure/sign-in/key-vault-sign.ts';
import { formatSigningInput, verifySignature } from '../../../src/domain/receipt/receipt-signature.ts';
import { type LocalBase, startLocalBase } from '../../support/local-base.ts';
import { pemOf, signDetached } from '../../support/signing.ts';

const TEXT = '{"version":1,"name":"ä"}';
const { vaultUrl } = resourcesOf('source');
const cloud = cloudObject('source');
const credential = createCredential({ tenantId: TENANT_ID, cloud, credential: { type: 'managedIdentity' } });
/** The app is a Key Vault Crypto User, whatever it is asked for. */
const may: May = (principalId, _scope, action) =>
  principalId === OPERATOR_IDENTITY.objectId || ('data' in action && /keys\/(read|sign\/action)$/.test(action.data));
let base: LocalBase;

beforeAll(async () => {
  base = await startLocalBase();
  const host = new URL(vaultUrl).hostname;
  const { certificates, tokens, dir } = base;
  const options = { port: 0, tls: certificates.tls, tokens, dir: join(dir, 'vaults'), vaults: [host], may };
  const server = await startKeyVault(options);
  base.stopLater(server);
  base.ports.set(host, server.port);
});
afterAll(() => base.stop());

function signerOf(key: string, vaultSuffix = cloud.vaultSuffix, url = vaultUrl) {
  return openSigner({ vaultUrl: url, key, vaultSuffix, credential, side: 'source' });
}

/** Calls the vault as the platform team (or another identity), over the same proxy as the SDK. */
async function operate(method: string, path: string, body: object, oid: string = OPERATOR_IDENTITY.objectId) {
  const token = base.tokens.mint({ aud: 'https://vault.source.test', oid });
  const answer = await request(`${vaultUrl}${path}?api-version=7.4`, {
    method,
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    dispatcher: new EnvHttpProxyAgent({ requestTls: { ca: base.certificates.ca } }),
  });
  return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, never> };
}

describe('a signer', () => {
  it.each([
    ['EC', { kty: 'EC', crv: 'P-256' }],
    ['RSA', { kty: 'RSA', key_size: 2048 }],
  ])('signs with a key of kind %s what its public half verifies', async (kind, body) => {
    const name = `made-${kind}`;
    const made = await operate('POST', `/keys/${name}/create`, body);
    const pem = pemOf(createPublicKey({ key: made.body.key ?? {}, format: 'jwk' }));
    const signature = await signerOf(name).sign(TEXT);
    expect(verifySignature(TEXT, signature, [pem])).toEqual({ ok: true });
    expect(verifySignature(`${TEXT} `, signature, [pem])).toMatchObject({ fault: 'WRONG' });
  });

  it('goes on with the newest version of a key', async () => {
    await operate('POST', '/keys/rolled/create', { kty: 'EC', crv: 'P-256' });
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await operate('PUT', '/keys/rolled', { key: privateKey.export({ format: 'jwk' }) });
    expect(verifySignature(TEXT, await signerOf('rolled').sign(TEXT), [pemOf(publicKey)])).toEqual({ ok: true });
  });

  it('says which key is not there', async () => {
    await expect(signerOf('absent').sign(TEXT)).rejects.toMatchObject({
      class: 'service',
      code: 'KeyNotFound',
      message: expect.stringContaining(`${vaultUrl}/keys/absent`),
    });
  });

  it('gives its token to no vault of another cloud', () => {
    expect(() => signerOf('k', cloud.vaultSuffix, 'https://evil.vault.target.test')).toThrow(
      expect.objectContaining({ code: 'FOREIGN_VAULT' }),
    );
  });
});

describe('the vault', () => {
  it.each([
    ['EC', 'ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['RSA', 'PS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ] as const)('verifies what others sign with %s', async (kind, alg, generate) => {
    const { privateKey } = generate();
    await operate('PUT', `/keys/theirs-${kind}`, { key: privateKey.export({ format: 'jwk' }) });
    const kid = 'theirs';
    const value = signDetached(TEXT, { alg, kid }, privateKey).split('..')[1] ?? '';
    const digest = formatSigningInput(TEXT, alg, kid).sha256;
    const verify = (of: Buffer) =>
      operate('POST', `/keys/theirs-${kind}/verify`, { alg, digest: of.toString('base64url'), value });
    expect(await verify(digest)).toMatchObject({ status: 200, body: { value: true } });
    expect(await verify(Buffer.alloc(32, 1))).toMatchObject({ status: 200, body: { value: false } });
  });

  it('lets a user of keys sign, and make none', async () => {
    const making = { kty: 'EC', crv: 'P-256' };
    await operate('POST', '/keys/ec/create', making);
    const signing = { alg: 'ES256', value: Buffer.alloc(32, 7).toString('base64url') };
    expect(await operate('POST', '/keys/ec/sign', signing, 'a-user')).toMatchObject({ status: 200 });
    expect(await operate('POST', '/keys/ec/create', making, 'a-user')).toMatchObject({ status: 403 });
  });

  it.each([
    ['another curve', '/keys/odd/create', { kty: 'EC', crv: 'P-384' }],
    ['an algorithm of another kind of key', '/keys/ec/sign', { alg: 'PS256', value: 'A'.repeat(43) }],
    ['a digest of another length', '/keys/ec/sign', { alg: 'ES256', value: 'AAAA' }],
    ['a public key alone', '/keys/odd', { key: { kty: 'EC', crv: 'P-256', x: 'A', y: 'A' } }],
  ])('refuses %s', async (_, path, body) => {
    await operate('POST', '/keys/ec/create', { kty: 'EC', crv: 'P-256' });
    const method = path === '/keys/odd' ? 'PUT' : 'POST';
    expect(await operate(method, path, body)).toMatchObject({ status: 400, body: { error: { code: 'BadParameter' } } });
  });
});

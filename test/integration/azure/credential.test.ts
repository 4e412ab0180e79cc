import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { startKeyVault } from '../../../local/key-vault/server.ts';
import type { Application } from '../../../local/login/application.ts';
import { startLogin } from '../../../local/login/server.ts';
import { APP_IDENTITY, cloudObject, resourcesOf, TARGET_APPLICATION, TENANTS } from '../../../local/names.ts';
import { TokenAuthority } from '../../../local/tokens.ts';
import { issueSignInCertificate, type KeyAndCertificate } from '../../../local/x509.ts';
import { openVault } from '../../../src/azure/key-vault.ts';
import { createCredential, createStateCredential } from '../../../src/azure/sign-in/credential.ts';
import type { RouteSide } from '../../../src/domain/route/route.ts';
import { type LocalBase, startLocalBase } from '../../support/local-base.ts';
import { fetchPrincipalId } from '../../support/principal.ts';

const DAY_MS = 86_400_000;
const cloud = cloudObject('target');
const SCOPE = `${cloud.armAudience}/.default`;
const { vaultUrl } = resourcesOf('source');
const { clientId, objectId } = TARGET_APPLICATION;
const signingKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const target = new TokenAuthority(signingKey.export({ type: 'pkcs8', format: 'pem' }).toString(), {
  tenantId: TENANTS.target,
});

let base: LocalBase;
let known: KeyAndCertificate;
let expired: KeyAndCertificate;
let applications: Application[];
let made = 0;

const days = (count: number) => new Date(Date.now() + count * DAY_MS);
const pem = ({ key, cert }: KeyAndCertificate) => `${cert}\n${key}`;

beforeAll(async () => {
  base = await startLocalBase();
  known = await issueSignInCertificate({ notBefore: days(-1), notAfter: days(30) });
  expired = await issueSignInCertificate({ notBefore: days(-9), notAfter: days(-1) });
  const trust = { issuer: base.tokens.issuer, audience: 'api://AzureADTokenExchange', keys: [base.tokens.publicJwk] };
  applications = [
    {
      clientId,
      objectId,
      federatedCredentials: [{ ...trust, subject: APP_IDENTITY.objectId }],
      certificates: [known.cert, expired.cert],
    },
    { clientId: idOf(1), objectId: idOf(11) },
    { clientId: idOf(2), objectId: idOf(12), federatedCredentials: [{ ...trust, subject: 'somebody else' }] },
  ];
  const { certificates, tokens, dir } = base;
  const { tls } = certificates;
  const login = await startLogin({ port: 0, tls, tokens: target, clouds: ['target'], applications });
  const host = new URL(vaultUrl).hostname;
  const vault = await startKeyVault({ port: 0, tls, tokens, dir: join(dir, 'vaults'), vaults: [host] });
  base.ports.set('login.target.test', login.port);
  base.ports.set(host, vault.port);
  base.stopLater(login);
  base.stopLater(vault);
});
afterAll(() => base.stop());

function idOf(number: number): string {
  return `cccccccc-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

function signIn(credential: RouteSide['credential'], tenantId = TENANTS.target) {
  return createCredential({ credential, tenantId, cloud });
}

function federated(id: string = clientId) {
  return signIn({ type: 'federated', clientId: id });
}

/** Signs in with the certificate in a secret of its own. */
async function withSecret(value: string | undefined) {
  const secret = `sign-in-${++made}`;
  const put = (text: string) =>
    openVault(vaultUrl, createStateCredential(undefined)).set(secret, text, {
      expiresAt: days(1),
      contentType: 'application/x-pem-file',
      tags: {},
    });
  if (value !== undefined) await put(value);
  return { put, secret, credential: signIn({ type: 'certificate', clientId, vault: vaultUrl, secret }) };
}

describe('a federated sign-in', () => {
  it("gives a token of the other tenant for the app's identity", async () => {
    const token = await federated().getToken(SCOPE);
    expect(target.verify(token?.token, [cloud.armAudience])).toMatchObject({ oid: objectId, appid: clientId });
    expect(base.tokens.verify(token?.token, [cloud.armAudience])).toBeUndefined();
    await expect(fetchPrincipalId(federated(), cloud)).resolves.toBe(objectId);
  });

  it('says what the authority refused, how it was asked, and what to check', async () => {
    const failure = await federated(idOf(1))
      .getToken(SCOPE)
      .catch((error: Error) => error);
    expect(failure).toMatchObject({
      name: 'SignInError',
      fault: { class: 'access', code: 'AUTHENTICATION_FAILED' },
      message: expect.stringMatching(
        /^federated sign-in as application cccccccc-.* in tenant 2222.*at https:\/\/login.target.test: .*AADSTS700211: .*check .*federated credential/,
      ),
    });
    await expect(federated(idOf(2)).getToken(SCOPE)).rejects.toThrow(/AADSTS700213: .*subject 'aaaaaaaa-/);
    await expect(federated(idOf(3)).getToken(SCOPE)).rejects.toThrow(/AADSTS700016: /);
  });

  it('is nothing in a tenant that the authority does not have', async () => {
    const credential = signIn({ type: 'federated', clientId }, TENANTS.source);
    await expect(credential.getToken(SCOPE)).rejects.toThrow(/AADSTS90002|openid|endpoints_resolution/);
  });

  it('gets no token for a resource that the tenant does not know', async () => {
    const scope = `${cloudObject('source').armAudience}/.default`;
    await expect(federated().getToken(scope)).rejects.toThrow(/AADSTS500011: /);
  });

  it('tells that the identity itself gives no token', async () => {
    const credential = signIn({ type: 'federated', clientId, identityClientId: idOf(9) });
    await expect(credential.getToken(SCOPE)).rejects.toThrow(/no token of the app's identity: /);
  });
});

describe('a sign-in by certificate', () => {
  it('gives a token of the other tenant, whatever the order of key and chain', async () => {
    const { credential } = await withSecret(`${expired.cert}\n${pem(known)}`);
    const token = await credential.getToken(SCOPE);
    expect(target.verify(token?.token, [cloud.armAudience])).toMatchObject({ oid: objectId });
  });

  it('reads the secret again when it is refused, and goes on with its new version', async () => {
    const stranger = await issueSignInCertificate({ notBefore: days(-1), notAfter: days(30) });
    const { credential, put, secret } = await withSecret(pem(stranger));
    await expect(credential.getToken(SCOPE)).rejects.toThrow(
      new RegExp(`^certificate sign-in as application ${clientId} .*AADSTS700027: .*check .*/secrets/${secret} `),
    );
    await put(pem(known));
    await expect(credential.getToken(SCOPE)).resolves.toHaveProperty('token');
  });

  it('is not tried with a certificate that has expired', async () => {
    const { credential, put, secret } = await withSecret(pem(expired));
    await expect(credential.getToken(SCOPE)).rejects.toMatchObject({
      fault: { class: 'access', code: 'CERTIFICATE_EXPIRED' },
      message: expect.stringContaining(`${vaultUrl}/secrets/${secret} (version `),
    });
    await put(pem(known));
    await expect(credential.getToken(SCOPE)).resolves.toHaveProperty('token');
  });

  it.each([
    ['nothing', undefined, 'CERTIFICATE_NOT_FOUND'],
    ['no key', 'not a certificate', 'CERTIFICATE_NOT_USABLE'],
    ['a broken key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'CERTIFICATE_NOT_USABLE'],
  ])('says that the secret holds %s, and not what it holds', async (_, value, code) => {
    const { credential } = await withSecret(value);
    const error = await credential.getToken(SCOPE).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ fault: { class: 'access', code } });
    expect(String(error)).not.toContain(value ?? 'BEGIN');
  });

  it("names another certificate's key", async () => {
    const { credential } = await withSecret(`${known.key}\n${expired.cert}`);
    await expect(credential.getToken(SCOPE)).rejects.toThrow(/none of which belongs to its private key/);
  });
});

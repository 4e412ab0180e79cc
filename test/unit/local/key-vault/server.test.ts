import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { May } from '../../../../local/access/role-assignments.ts';
import type { Certificates } from '../../../../local/certificates.ts';
import { ensureCertificates } from '../../../../local/certificates.ts';
import { readBody } from '../../../../local/http.ts';
import type { RunningKeyVault } from '../../../../local/key-vault/server.ts';
import { startKeyVault } from '../../../../local/key-vault/server.ts';
import { TENANT_ID, TENANTS } from '../../../../local/names.ts';
import { TokenAuthority } from '../../../../local/tokens.ts';

const HOST = 'tgtvault.vault.target.test';
/** Everybody may do everything but `nobody`. */
const may: May = (principalId) => principalId !== 'nobody';
let dir: string;
let certificates: Certificates;
let tokens: TokenAuthority;
let vault: RunningKeyVault;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'acr-transfer-'));
  certificates = await ensureCertificates(join(dir, 'certificates'));
  tokens = new TokenAuthority(certificates.signingKey);
  vault = await startKeyVault({ port: 0, tls: certificates.tls, tokens, dir, vaults: [HOST], may });
});

afterAll(async () => {
  await vault.stop();
  await rm(dir, { recursive: true, force: true });
});

interface Call {
  method?: string;
  host?: string;
  authorization?: string;
  body?: string;
}

async function ask(
  path: string,
  call: Call = {},
): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
  const {
    method = 'GET',
    host = HOST,
    authorization = `Bearer ${tokens.mint({ aud: 'https://vault.target.test', oid: 'o' })}`,
  } = call;
  const sent = request({
    host: '127.0.0.1',
    port: vault.port,
    servername: host,
    ca: certificates.ca,
    agent: false,
    method,
    path,
    headers: { host, authorization },
  });
  sent.end(call.body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: (await readBody(answer)).toString() };
}

describe('the key vault server', () => {
  it("challenges with its own cloud's authority and resource", async () => {
    const { status, headers } = await ask('/secrets/a/?api-version=7.6', { authorization: '' });

    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe(
      `Bearer authorization="https://login.target.test/${TENANT_ID}", resource="https://vault.target.test"`,
    );
  });

  it("names the issuer of another tenant's token", async () => {
    const foreign = new TokenAuthority(certificates.signingKey, { tenantId: TENANTS.target });
    const authorization = `Bearer ${foreign.mint({ aud: 'https://vault.target.test', oid: 'o' })}`;
    const { status, body } = await ask('/secrets/a/?api-version=7.6', { authorization });

    expect(status).toBe(401);
    expect(JSON.parse(body).error.message).toBe(
      `AKV10032: Invalid issuer. Expected one of ${tokens.issuer}, found ${foreign.issuer}.`,
    );
  });

  it('reads a percent-encoded api-version, as the SDK sends it, and refuses its absence', async () => {
    expect((await ask('/secrets/?api%2Dversion=2026-04-01')).status).toBe(200);
    expect((await ask('/secrets/')).status).toBe(400);
  });

  it('does not know a vault that was not named at start', async () => {
    const { status, body } = await ask('/secrets/a/?api-version=7.6', { host: 'other.vault.target.test' });

    expect([status, JSON.parse(body).error.code]).toEqual([404, 'VaultNotFound']);
  });

  it.each(['/secrets/a/?api-version=7.6', '/secrets/?api-version=7.6'])(
    'refuses %s to who has no role',
    async (path) => {
      const authorization = `Bearer ${tokens.mint({ aud: 'https://vault.target.test', oid: 'nobody' })}`;
      const { status, body } = await ask(path, { authorization });

      expect(status).toBe(403);
      expect(JSON.parse(body).error).toMatchObject({ code: 'Forbidden', innererror: { code: 'ForbiddenByRbac' } });
    },
  );

  it.each([
    ['GET', '/keys/a?api-version=7.6', 404],
    ['POST', '/secrets/a?api-version=7.6', 404],
    ['PUT', '/secrets/?api-version=7.6', 404],
    ['PUT', '/secrets/a/b/c?api-version=7.6', 404],
    ['DELETE', '/secrets/a/version?api-version=7.6', 404],
    ['GET', '/secrets/a_b?api-version=7.6', 400],
    ['PUT', '/secrets/a?api-version=7.6', 400],
  ])('refuses %s %s with %i', async (method, path, status) => {
    expect((await ask(path, { method, body: '' })).status).toBe(status);
  });

  it.each([
    ['POST', '/secrets/a/backup', 'BackupSecret'],
    ['POST', '/secrets/restore', 'RestoreSecret'],
    ['POST', '/keys/a/1f/encrypt', 'Encrypt'],
    ['POST', '/keys/a/rotate', 'RotateKey'],
    ['DELETE', '/keys/a', 'DeleteKey'],
    ['GET', '/deletedkeys', 'GetDeletedKeys'],
    ['GET', '/certificates', 'GetCertificates'],
    ['GET', '/certificates/a/1f', 'GetCertificate'],
    ['POST', '/certificates/a/create', 'CreateCertificate'],
    ['POST', '/rng', 'GetRandomBytes'],
  ])('has not built %s %s, and says 501 with its name', async (method, path, operation) => {
    const { status, body } = await ask(`${path}?api-version=7.6`, { method });

    expect([status, JSON.parse(body).error.code]).toEqual([501, 'NotEmulated']);
    expect(JSON.parse(body).error.message).toContain(operation);
  });

  it.each([
    ['GET', '/storage'],
    ['POST', '/certificates/a/b/c/d'],
  ])('knows no %s %s, as the service', async (method, path) => {
    expect((await ask(`${path}?api-version=7.6`, { method })).status).toBe(404);
  });

  it('is not started for a name that is no vault of the local clouds', async () => {
    const options = { port: 0, tls: certificates.tls, tokens, dir, vaults: ['srcvault.vault.azure.net'] };

    await expect(startKeyVault(options)).rejects.toThrow(/srcvault\.vault\.azure\.net/);
  });
});

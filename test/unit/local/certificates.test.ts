import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '../../../local/certificates.ts';
import { sendJson, serve } from '../../../local/http.ts';
import { CLOUD_NAMES, certificateNames } from '../../../local/names.ts';
import { fillsLastLine, issueCertificates } from '../../../local/x509.ts';

const DAY_MS = 86_400_000;
let dir: string;

beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'acr-transfer-')), 'certificates');
});

afterEach(async () => {
  await rm(join(dir, '..'), { recursive: true, force: true });
});

describe('ensureCertificates', () => {
  it('makes a leaf for all names that the authority signed, and one for Azurite that is its own issuer', async () => {
    const { ca, tls, azurite, caPath } = await ensureCertificates(dir);
    const leaf = new X509Certificate(tls.cert);
    const own = new X509Certificate(azurite.cert);

    expect(leaf.verify(new X509Certificate(ca).publicKey)).toBe(true);
    for (const name of certificateNames(CLOUD_NAMES)) expect(leaf.checkHost(name.replace('*', 'any'))).toBeDefined();
    expect(leaf.checkHost('login.microsoftonline.com')).toBeUndefined();
    expect([leaf.checkIP('127.0.0.1'), own.checkIP('127.0.0.1')]).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(own.issuer).toBe(own.subject);
    expect(await readFile(caPath, 'utf8')).toBe(ca);
  });

  it('gives the same again, and readable by this user only', async () => {
    const first = await ensureCertificates(dir);

    expect(await ensureCertificates(dir)).toEqual(first);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(dir)) expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
  });

  it('never keeps the private key of the authority', async () => {
    const { ca } = await ensureCertificates(dir);
    const authority = new X509Certificate(ca);

    const texts = await Promise.all((await readdir(dir)).map((name) => readFile(join(dir, name), 'utf8')));
    const keys = texts.flatMap((text) => text.replaceAll('\\n', '\n').match(/-----BEGIN PRIVATE[^"]+/g) ?? []);

    expect(keys).toHaveLength(4);
    for (const key of keys) expect(authority.checkPrivateKey(createPrivateKey(key))).toBe(false);
  });

  it('makes different secrets for each folder', async () => {
    const [one, other] = [await ensureCertificates(dir), await ensureCertificates(join(dir, 'other'))];

    expect(one.signingKey).not.toBe(other.signingKey);
    expect(one.secrets.accountKeys.srcstore).not.toBe(other.secrets.accountKeys.srcstore);
    expect(new Set(Object.values(one.secrets.accountKeys)).size).toBe(4);
  });

  it('renews certificates within 7 days of their end, and keeps the secrets', async () => {
    const first = await ensureCertificates(dir);
    const endMs = new X509Certificate(first.tls.cert).validToDate.getTime();

    expect(await ensureCertificates(dir, new Date(endMs - 8 * DAY_MS))).toEqual(first);
    const renewed = await ensureCertificates(dir, new Date(endMs - 6 * DAY_MS));

    expect(renewed.tls.cert).not.toBe(first.tls.cert);
    expect(new X509Certificate(renewed.tls.cert).validToDate.getTime()).toBeGreaterThan(endMs);
    expect(await readFile(renewed.azurite.certPath, 'utf8')).toBe(renewed.azurite.cert);
    expect([renewed.signingKey, renewed.secrets]).toEqual([first.signingKey, first.secrets]);
  });

  it('mends what a killed program left out, and what a name was added to', async () => {
    const first = await ensureCertificates(dir);
    await rm(first.azurite.keyPath);
    await writeFile(first.azurite.certPath, 'of an older set');
    const secretsPath = join(dir, 'secrets.json');
    const { accountKeys, ...rest } = JSON.parse(await readFile(secretsPath, 'utf8'));
    await writeFile(secretsPath, JSON.stringify({ ...rest, accountKeys: { srcstore: accountKeys.srcstore } }));

    const mended = await ensureCertificates(dir);

    expect(await readFile(mended.azurite.certPath, 'utf8')).toBe(first.azurite.cert);
    expect(await readFile(mended.azurite.keyPath, 'utf8')).toContain('PRIVATE KEY');
    expect(mended.secrets.accountKeys.srcstore).toBe(first.secrets.accountKeys.srcstore);
    expect(Buffer.from(mended.secrets.accountKeys.tgtstore, 'base64')).toHaveLength(64);
    expect(await ensureCertificates(dir)).toEqual(mended);
  });

  it('adds to the folder of an older version the secrets that it lacks, once', async () => {
    const first = await ensureCertificates(dir);
    const path = join(dir, 'secrets.json');
    const { controlKey: _, ...older } = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify(older));

    const mended = await ensureCertificates(dir);

    expect(mended.secrets).toEqual({ ...first.secrets, controlKey: expect.stringMatching(/^[\w-]{43}$/) });
    expect(mended.secrets.controlKey).not.toBe(first.secrets.controlKey);
    expect(await ensureCertificates(dir)).toEqual(mended);
  });

  it('gives all who call at once the same', async () => {
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => ensureCertificates(dir)));

    for (const other of others) expect(other).toEqual(first);
  });

  it('names a file that is not its own instead of overwriting it', async () => {
    await ensureCertificates(dir);
    const path = join(dir, 'secrets.json');
    await writeFile(path, '{"signingKey":');

    await expect(ensureCertificates(dir)).rejects.toThrow(path);
    expect(await readFile(path, 'utf8')).toBe('{"signingKey":');
  });

  it('makes what a TLS server can serve and a client that trusts the authority accepts', async () => {
    const { tls, ca } = await ensureCertificates(dir);
    const server = await serve((_request, response) => sendJson(response, 200, 'ok'), { port: 0, tls });

    expect(await statusOf(server.port, 'any.vault.source.test', ca)).toBe(200);
    await expect(statusOf(server.port, 'vault.azure.net', ca)).rejects.toThrow(/altnames/);
    await server.stop();
  });
});

describe('issueCertificates', () => {
  it('makes no self-signed certificate that Azurite cannot read again, however long its name is', async () => {
    const now = Date.now();
    for (let length = 1; length <= 60; length += 6) {
      const selfSignedNames = ['a'.repeat(length)];
      const times = { notBefore: new Date(now), notAfter: new Date(now + DAY_MS) };
      const { selfSigned } = await issueCertificates({ leafNames: ['localhost'], selfSignedNames, ...times });
      expect(fillsLastLine(selfSigned.cert)).toBe(false);
    }
  });
});

async function statusOf(port: number, servername: string, ca: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, servername, ca, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject);
  });
}

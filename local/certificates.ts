import { createHmac, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createFile, makePrivateFolder, replaceFile } from './atomic-file.ts';
import type { CloudName, StorageAccountName } from './names.ts';
import { CLOUD_NAMES, certificateNames, STORAGE_ACCOUNTS } from './names.ts';
import { fillsLastLine, issueCertificates } from './x509.ts';

/** Everything secret or signed that the local clouds need. Keys and certificates are PEM texts. */
export interface Certificates {
  /** The file for `NODE_EXTRA_CA_CERTS` of whoever shall trust the local clouds. */
  caPath: string;
  ca: string;
  /** Good for all names of the clouds, `localhost` and 127.0.0.1. */
  tls: { key: string; cert: string };
  /** Azurite's own, its own issuer: as a client of itself Azurite trusts only what it serves. */
  azurite: { keyPath: string; certPath: string; cert: string };
  /** RSA 2048, PKCS8: signs the access tokens. */
  signingKey: string;
  secrets: LocalSecrets;
}

/** Random values of this state folder; they stay when certificates are renewed. Account keys are base64. */
export interface LocalSecrets {
  identityHeader: string;
  /** Of the registries' admin user, until ARM makes another. */
  adminPassword: string;
  /** What pipeline runs and the local cloud's own tools sign in with at registries; derived from the signing key. */
  workerPassword: string;
  functionKey: string;
  masterKey: string;
  /** Of the control endpoint. */
  controlKey: string;
  accountKeys: Record<StorageAccountName, string>;
}

const DAY_MS = 86_400_000;
const LIFE_DAYS = 397;
const RENEW_BEFORE_DAYS = 7;
const AZURITE_NAMES = ['localhost'];

const KEY_AND_CERTIFICATE = z.object({ key: z.string(), cert: z.string() });
const CERTIFICATE_FILE = z.object({ ca: z.string(), leaf: KEY_AND_CERTIFICATE, selfSigned: KEY_AND_CERTIFICATE });
const SECRET_FILE = z.object({
  signingKey: z.string(),
  identityHeader: z.string(),
  adminPassword: z.string(),
  functionKey: z.string(),
  masterKey: z.string(),
  controlKey: z.string().optional(),
  accountKeys: z.record(z.string(), z.string()),
});
type CertificateFile = z.infer<typeof CERTIFICATE_FILE>;
type SecretFile = z.infer<typeof SECRET_FILE>;

/**
 * The certificates and secrets of the state folder `dir`, made at the first call. Certificates are made anew when they
 * expire within 7 days of `now` or lack a name; secrets stay. `dir` gets mode 0700, every file in it 0600. It may be
 * killed at any moment and called by two processes at once. Throws, naming the file, when what is there is unreadable.
 * `clouds` are those whose names the certificates are good for.
 */
export async function ensureCertificates(
  dir: string,
  now = new Date(),
  clouds: readonly CloudName[] = CLOUD_NAMES,
): Promise<Certificates> {
  await makePrivateFolder(dir);
  await chmod(dir, 0o700);
  const issued = await ensureIssued(join(dir, 'certificates.json'), now, certificateNames(clouds));
  const { signingKey, ...secrets } = await ensureSecrets(join(dir, 'secrets.json'));
  const paths = { ca: join(dir, 'ca.pem'), key: join(dir, 'azurite-key.pem'), cert: join(dir, 'azurite.pem') };
  await keepFile(paths.ca, issued.ca);
  await keepFile(paths.key, issued.selfSigned.key);
  await keepFile(paths.cert, issued.selfSigned.cert);
  return {
    caPath: paths.ca,
    ca: issued.ca,
    tls: issued.leaf,
    azurite: { keyPath: paths.key, certPath: paths.cert, cert: issued.selfSigned.cert },
    signingKey,
    secrets: { ...secrets, workerPassword: deriveWorkerPassword(signingKey) },
  };
}

function deriveWorkerPassword(signingKey: string): string {
  return createHmac('sha256', signingKey).update('registry worker').digest('base64url');
}

async function ensureIssued(path: string, now: Date, leafNames: readonly string[]): Promise<CertificateFile> {
  const found = await readStored(path, CERTIFICATE_FILE);
  if (found && isGood(found, now, leafNames)) return found;
  const made = await issueCertificates({
    leafNames,
    selfSignedNames: AZURITE_NAMES,
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + LIFE_DAYS * DAY_MS),
  });
  return await store(path, CERTIFICATE_FILE, made, found !== undefined);
}

/** What folders of older versions lack is added. */
async function ensureSecrets(path: string): Promise<SecretFile & AddedSecrets> {
  const found = await readStored(path, SECRET_FILE);
  const added = addedSecrets(found);
  if (found?.controlKey && STORAGE_ACCOUNTS.every((account) => account in found.accountKeys)) {
    return { ...found, ...added };
  }
  const kept = await store(path, SECRET_FILE, { ...(found ?? newSecrets()), ...added }, found !== undefined);
  return { ...kept, ...addedSecrets({ ...added, ...kept }) };
}

type AddedSecrets = Pick<LocalSecrets, 'controlKey' | 'accountKeys'>;

function addedSecrets(found: Partial<SecretFile> = {}): AddedSecrets {
  return {
    controlKey: found.controlKey ?? randomBytes(32).toString('base64url'),
    accountKeys: { ...newAccountKeys(), ...found.accountKeys },
  };
}

function newSecrets() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    signingKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    identityHeader: randomBytes(24).toString('base64url'),
    adminPassword: randomBytes(24).toString('base64url'),
    functionKey: randomBytes(32).toString('base64url'),
    masterKey: randomBytes(32).toString('base64url'),
  };
}

function newAccountKeys(): Record<StorageAccountName, string> {
  const key = () => randomBytes(64).toString('base64');
  return { srcstore: key(), tgtstore: key(), statestore: key(), tgtstate: key() };
}

function isGood(file: CertificateFile, now: Date, leafNames: readonly string[]): boolean {
  const soonMs = now.getTime() + RENEW_BEFORE_DAYS * DAY_MS;
  const all = [file.ca, file.leaf.cert, file.selfSigned.cert].map((pem) => new X509Certificate(pem));
  const names = new Set(all[1]?.subjectAltName?.split(', '));
  return (
    all.every((one) => one.validFromDate <= now && one.validToDate.getTime() > soonMs) &&
    leafNames.every((name) => names.has(`DNS:${name}`)) &&
    !fillsLastLine(file.selfSigned.cert)
  );
}

/** Two processes may start at once: at the first start the one that comes second takes what the first one made. */
async function store<T>(path: string, schema: z.ZodType<T>, made: T, isRenewal: boolean): Promise<T> {
  const text = `${JSON.stringify(made, null, 2)}\n`;
  if (isRenewal) {
    await replaceFile(path, text);
    return made;
  }
  if (await createFile(path, text)) return made;
  return (await readStored(path, schema)) ?? made;
}

async function readStored<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path} is not what this program wrote there: delete it (its keys are then made anew).`, {
      cause,
    });
  }
}

async function keepFile(path: string, text: string): Promise<void> {
  if ((await readIfThere(path)) !== text) await replaceFile(path, text);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

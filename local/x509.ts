import { KeyObject, X509Certificate as NodeCertificate, webcrypto } from 'node:crypto';
import type { Extension, X509Certificate, X509CertificateCreateParamsBase } from '@peculiar/x509';

/** A private key (PKCS8) and its certificate, both PEM. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

/** Certificates that belong together: an authority, the leaf that it signed, and one that is its own issuer. */
export interface IssuedCertificates {
  /** The authority's certificate, PEM. Its private key is forgotten: nobody can sign with it again. */
  ca: string;
  leaf: KeyAndCertificate;
  /** Its own issuer; never one that {@link fillsLastLine}. */
  selfSigned: KeyAndCertificate;
}

export interface IssueOptions {
  leafNames: readonly string[];
  selfSignedNames: readonly string[];
  notBefore: Date;
  notAfter: Date;
}

/** RSA, since assertions are signed with RSA only. */
const RSA_2048 = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const EC_P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
const PEM_LINE_CHARACTERS = 64;

type X509 = typeof import('@peculiar/x509');
type Common = Pick<X509CertificateCreateParamsBase, 'notBefore' | 'notAfter' | 'signingAlgorithm'>;

/** Makes new EC P-256 keys and certificates; both server certificates are good for 127.0.0.1 besides their names. */
export async function issueCertificates(options: IssueOptions): Promise<IssuedCertificates> {
  const x509 = await loadX509();
  const common = { notBefore: options.notBefore, notAfter: options.notAfter, signingAlgorithm: EC_P256 };
  const caKeys = await generateKeys();
  const ca = await issueAuthority(x509, common, caKeys);
  const leafKeys = await generateKeys();
  const leaf = await x509.X509CertificateGenerator.create({
    ...common,
    subject: 'CN=acr-transfer local cloud',
    issuer: ca.subject,
    publicKey: leafKeys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
      ...serverExtensions(x509, options.leafNames),
    ],
  });
  const selfSigned = await issueSelfSigned(x509, common, options.selfSignedNames);
  return { ca: ca.toString('pem'), leaf: pemOf(leafKeys, leaf), selfSigned };
}

/** Makes a new RSA key and a certificate that is its own issuer, for an application to sign in with. */
export async function issueSignInCertificate(validity: {
  notBefore: Date;
  notAfter: Date;
}): Promise<KeyAndCertificate> {
  const x509 = await loadX509();
  const keys = await webcrypto.subtle.generateKey(RSA_2048, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=acr-transfer sign-in',
    signingAlgorithm: RSA_2048,
    keys,
  });
  return pemOf(keys, certificate);
}

/**
 * Whether a PEM certificate's base64 fills its last line. Azurite, when it reads the source of a copy from itself, writes
 * its certificate as PEM anew, and then with an empty line in the end, which makes it trust nobody.
 */
export function fillsLastLine(pem: string): boolean {
  return new NodeCertificate(pem).raw.toString('base64').length % PEM_LINE_CHARACTERS === 0;
}

async function issueSelfSigned(x509: X509, common: Common, names: readonly string[]): Promise<KeyAndCertificate> {
  const keys = await generateKeys();
  for (let name = 'CN=acr-transfer local storage'; ; name += '.') {
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      ...common,
      name,
      keys,
      extensions: serverExtensions(x509, names),
    });
    const issued = pemOf(keys, certificate);
    if (!fillsLastLine(issued.cert)) return issued;
  }
}

async function issueAuthority(x509: X509, common: Common, keys: webcrypto.CryptoKeyPair): Promise<X509Certificate> {
  return await x509.X509CertificateGenerator.createSelfSigned({
    ...common,
    name: 'CN=acr-transfer local cloud authority',
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

function serverExtensions(x509: X509, names: readonly string[]): Extension[] {
  return [
    new x509.ExtendedKeyUsageExtension([SERVER_AUTHENTICATION]),
    new x509.SubjectAlternativeNameExtension([
      ...names.map((value) => ({ type: 'dns' as const, value })),
      { type: 'ip' as const, value: '127.0.0.1' },
    ]),
  ];
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC_P256, true, ['sign', 'verify']);
}

function pemOf(keys: webcrypto.CryptoKeyPair, certificate: X509Certificate): KeyAndCertificate {
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
  return { key, cert: certificate.toString('pem') };
}

/** Loaded only when certificates are made (once a year): it takes longer to load than the certificates to read. */
async function loadX509() {
  provideMetadata();
  return await import('@peculiar/x509');
}

/**
 * The library's dependency container wants the "reflect metadata" functions that decorators use, and refuses to load
 * without them. It registers classes without constructor parameters only, so a plain table of what was defined does.
 */
function provideMetadata(): void {
  if ('getMetadata' in Reflect) return;
  const table = new WeakMap<object, Map<string, unknown>>();
  const getMetadata = (key: string, target: object) => table.get(target)?.get(key);
  const defineMetadata = (key: string, value: unknown, target: object) => {
    const own = table.get(target) ?? new Map<string, unknown>();
    table.set(target, own.set(key, value));
  };
  Object.assign(Reflect, { getMetadata, getOwnMetadata: getMetadata, defineMetadata });
}

import { VaultError } from './errors.ts';

/** What the service can do and this emulator cannot: method, path after the vault's name, the operation's own name. */
const NOT_BUILT: readonly (readonly [method: string, path: RegExp, operation: string])[] = [
  ['POST', /^secrets\/[^/]+\/backup$/, 'BackupSecret'],
  ['POST', /^secrets\/restore$/, 'RestoreSecret'],
  ['POST', /^keys\/[^/]+\/backup$/, 'BackupKey'],
  ['POST', /^keys\/restore$/, 'RestoreKey'],
  ['POST', /^keys\/[^/]+\/rotate$/, 'RotateKey'],
  ['GET', /^keys\/[^/]+\/rotationpolicy$/, 'GetKeyRotationPolicy'],
  ['PUT', /^keys\/[^/]+\/rotationpolicy$/, 'UpdateKeyRotationPolicy'],
  ['PATCH', /^keys\/[^/]+(?:\/[^/]+)?$/, 'UpdateKey'],
  ['DELETE', /^keys\/[^/]+$/, 'DeleteKey'],
  ['GET', /^keys\/[^/]+\/[^/]+\/attestation$/, 'GetKeyAttestation'],
  ['POST', /^keys\/[^/]+(?:\/[^/]+)?\/encrypt$/, 'Encrypt'],
  ['POST', /^keys\/[^/]+(?:\/[^/]+)?\/decrypt$/, 'Decrypt'],
  ['POST', /^keys\/[^/]+(?:\/[^/]+)?\/wrapkey$/, 'WrapKey'],
  ['POST', /^keys\/[^/]+(?:\/[^/]+)?\/unwrapkey$/, 'UnwrapKey'],
  ['POST', /^keys\/[^/]+(?:\/[^/]+)?\/release$/, 'Release'],
  ['GET', /^deletedkeys$/, 'GetDeletedKeys'],
  ['GET', /^deletedkeys\/[^/]+$/, 'GetDeletedKey'],
  ['DELETE', /^deletedkeys\/[^/]+$/, 'PurgeDeletedKey'],
  ['POST', /^deletedkeys\/[^/]+\/recover$/, 'RecoverDeletedKey'],
  ['POST', /^rng$/, 'GetRandomBytes'],
  ['GET', /^certificates$/, 'GetCertificates'],
  ['GET', /^certificates\/contacts$/, 'GetCertificateContacts'],
  ['PUT', /^certificates\/contacts$/, 'SetCertificateContacts'],
  ['DELETE', /^certificates\/contacts$/, 'DeleteCertificateContacts'],
  ['GET', /^certificates\/issuers$/, 'GetCertificateIssuers'],
  ['GET', /^certificates\/issuers\/[^/]+$/, 'GetCertificateIssuer'],
  ['PUT', /^certificates\/issuers\/[^/]+$/, 'SetCertificateIssuer'],
  ['PATCH', /^certificates\/issuers\/[^/]+$/, 'UpdateCertificateIssuer'],
  ['DELETE', /^certificates\/issuers\/[^/]+$/, 'DeleteCertificateIssuer'],
  ['POST', /^certificates\/restore$/, 'RestoreCertificate'],
  ['POST', /^certificates\/[^/]+\/create$/, 'CreateCertificate'],
  ['POST', /^certificates\/[^/]+\/import$/, 'ImportCertificate'],
  ['POST', /^certificates\/[^/]+\/backup$/, 'BackupCertificate'],
  ['GET', /^certificates\/[^/]+\/versions$/, 'GetCertificateVersions'],
  ['GET', /^certificates\/[^/]+\/policy$/, 'GetCertificatePolicy'],
  ['PATCH', /^certificates\/[^/]+\/policy$/, 'UpdateCertificatePolicy'],
  ['GET', /^certificates\/[^/]+\/pending$/, 'GetCertificateOperation'],
  ['PATCH', /^certificates\/[^/]+\/pending$/, 'UpdateCertificateOperation'],
  ['DELETE', /^certificates\/[^/]+\/pending$/, 'DeleteCertificateOperation'],
  ['POST', /^certificates\/[^/]+\/pending\/merge$/, 'MergeCertificate'],
  ['GET', /^certificates\/[^/]+(?:\/[^/]+)?$/, 'GetCertificate'],
  ['PATCH', /^certificates\/[^/]+(?:\/[^/]+)?$/, 'UpdateCertificate'],
  ['DELETE', /^certificates\/[^/]+$/, 'DeleteCertificate'],
  ['GET', /^deletedcertificates$/, 'GetDeletedCertificates'],
  ['GET', /^deletedcertificates\/[^/]+$/, 'GetDeletedCertificate'],
  ['DELETE', /^deletedcertificates\/[^/]+$/, 'PurgeDeletedCertificate'],
  ['POST', /^deletedcertificates\/[^/]+\/recover$/, 'RecoverDeletedCertificate'],
];

/** 501 for a call that the service has and this emulator has not, under the operation's own name; else `undefined`. */
export function notBuilt(method: string, pathname: string): VaultError | undefined {
  const path = pathname.replace(/^\/+|\/+$/g, '').toLowerCase();
  const operation = NOT_BUILT.find(([verb, pattern]) => verb === method && pattern.test(path))?.[2];
  if (operation === undefined) return undefined;
  return new VaultError(501, 'NotEmulated', `${operation} (${method} /${path}) is not built in the local key vault.`);
}

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** A certificate with its private key, to sign in with. Holds a secret: never logged, never passed on. */
export interface SignInCertificate {
  /** Private key (PKCS8) and leaf certificate, as the SDK takes them. */
  pem: string;
  /** SHA-1, as the application's registration shows it. */
  thumbprint: string;
  startsAt: Date;
  expiresAt: Date;
}

const PRIVATE_KEY = /-----BEGIN ((?:RSA )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/;
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Reads a secret's value: a private key and its certificate as PEM, in any order, with or without the chain. Throws a
 * RangeError that says what is wrong with it, and nothing of what is in it.
 */
export function parseSignInCertificate(value: string): SignInCertificate {
  const key = parseKey(PRIVATE_KEY.exec(value)?.[0]);
  const certificates = (value.match(CERTIFICATES) ?? []).map(parseCertificate);
  const leaf = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (!leaf) {
    throw new RangeError(`${certificates.length} certificates, none of which belongs to its private key`);
  }
  return {
    pem: `${key.export({ type: 'pkcs8', format: 'pem' })}${leaf}`,
    thumbprint: leaf.fingerprint.replaceAll(':', ''),
    startsAt: leaf.validFromDate,
    expiresAt: leaf.validToDate,
  };
}

function parseKey(pem: string | undefined): KeyObject {
  if (pem === undefined) {
    throw new RangeError(
      "no unencrypted private key as PEM (a certificate of Key Vault: its policy's contentType must be application/x-pem-file)",
    );
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The library's own error may quote what it read.
    throw new RangeError('a private key that cannot be read');
  }
  if (key.asymmetricKeyType === 'rsa') return key;
  throw new RangeError(`a private key of type ${key.asymmetricKeyType}; allowed: RSA`);
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new RangeError('a certificate that cannot be read');
  }
}

import { constants, createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';

/** Algorithms of signatures (RFC 7518 §3.4, §3.5): ECDSA on P-256, and RSASSA-PSS; both over SHA-256. */
export const SIGNATURE_ALGORITHMS = ['ES256', 'PS256'] as const;
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

/** Why a signature is not trusted. A key that is another's and a text that was changed look the same: `WRONG`. */
export type SignatureFault = 'ABSENT' | 'MALFORMED' | 'ALGORITHM_NOT_ALLOWED' | 'NO_KEY' | 'WRONG';

export type SignatureVerdict = { ok: true } | { ok: false; fault: SignatureFault; message: string };

/** Longest signature that is looked at, in characters: RSA keys of 8192 bits stay below. */
const MAX_CHARACTERS = 4096;
const MIN_RSA_BITS = 2048;

/** Of a signature to be made: what a private key has to sign, by its SHA-256 as well. */
export interface SigningInput {
  /** First part of the signature, base64url. */
  header: string;
  /** SHA-256 of header, dot and text, as RFC 7515 §5.1 puts them together. */
  sha256: Buffer;
}

/** What is to be signed of a text. `keyId` names the key for who looks into it; nothing is decided by it. */
export function formatSigningInput(text: string, algorithm: SignatureAlgorithm, keyId: string): SigningInput {
  const header = Buffer.from(JSON.stringify({ alg: algorithm, kid: keyId })).toString('base64url');
  return { header, sha256: createHash('sha256').update(inputOf(header, text)).digest() };
}

/** The detached signature, `header..signature` (RFC 7515, appendix F). `signature` as JWA wants it: for ES256 r and s, 64 bytes. */
export function formatDetachedSignature({ header }: Pick<SigningInput, 'header'>, signature: Uint8Array): string {
  return `${header}..${Buffer.from(signature).toString('base64url')}`;
}

/**
 * Whether one of the keys (PEM, `PUBLIC KEY`) has signed this very text. The algorithm is the key's, and the header must
 * say the same: a header alone decides nothing. Never throws for what the signature holds.
 */
export function verifySignature(
  text: string,
  signature: string | null,
  publicKeys: readonly string[],
): SignatureVerdict {
  if (signature === null) return fault('ABSENT', 'there is no signature');
  const parsed = parseSignature(signature);
  if (!parsed) return fault('MALFORMED', 'the signature is no detached JWS (header..signature) with alg and kid only');
  const algorithm = SIGNATURE_ALGORITHMS.find((one) => one === parsed.alg);
  if (!algorithm) {
    const allowed = SIGNATURE_ALGORITHMS.join(', ');
    return fault('ALGORITHM_NOT_ALLOWED', `the signature's algorithm is ${parsed.alg}; allowed: ${allowed}`);
  }
  const keys = publicKeys.map(readPublicKey).filter((key) => key !== undefined && algorithmOf(key) === algorithm);
  if (keys.length === 0) return fault('NO_KEY', `none of the ${publicKeys.length} keys given is one of ${algorithm}`);
  const input = Buffer.from(inputOf(parsed.header, text));
  const isSigned = keys.some((key) => key && verifyWith(key, algorithm, input, parsed.bytes));
  return isSigned ? { ok: true } : fault('WRONG', 'no key given has made the signature of this text');
}

/** The algorithm that a key signs with; `undefined` for a key of no use here. */
export function algorithmOf(key: KeyObject): SignatureAlgorithm | undefined {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256';
  return key.asymmetricKeyType === 'rsa' && modulusLength >= MIN_RSA_BITS ? 'PS256' : undefined;
}

function verifyWith(key: KeyObject, algorithm: SignatureAlgorithm, input: Buffer, signature: Buffer): boolean {
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
  const options = algorithm === 'ES256' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : { key, padding, saltLength };
  return verify('sha256', input, options, signature);
}

function readPublicKey(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function inputOf(header: string, text: string): string {
  return `${header}.${Buffer.from(text).toString('base64url')}`;
}

const DETACHED = /^([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]+)$/;
/** Strict: what else a header may say (`crit`, `b64`, `jwk`, `x5u`) would change what is verified, and how. */
const headerSchema = z.strictObject({ alg: z.string().max(64), kid: z.string().max(512).optional() });

function parseSignature(signature: string): { header: string; alg: string; bytes: Buffer } | undefined {
  const match = signature.length <= MAX_CHARACTERS ? DETACHED.exec(signature.trim()) : null;
  if (!match) return undefined;
  const [, header = '', bytes = ''] = match;
  const parsed = headerSchema.safeParse(parseJson(Buffer.from(header, 'base64url').toString('utf8')));
  return parsed.success ? { header, alg: parsed.data.alg, bytes: Buffer.from(bytes, 'base64url') } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fault(code: SignatureFault, message: string): SignatureVerdict {
  return { ok: false, fault: code, message };
}

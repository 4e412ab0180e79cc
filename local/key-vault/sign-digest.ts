import {
  constants,
  createECDH,
  createHash,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  randomBytes,
} from 'node:crypto';

/** Order of the curve P-256 (SEC 2, secp256r1). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const DIGEST_BYTES = 32;
/** Last byte of an encoded message, RFC 8017 §9.1.1. */
const TRAILER = 0xbc;

/** Signs a SHA-256 digest by ES256 (r and s, 32 bytes each). Node's own functions want the text and hash it themselves. */
export function signEs256(key: KeyObject, digest: Buffer): Buffer {
  const once = createECDH('prime256v1');
  const point = once.generateKeys();
  const r = toNumber(point.subarray(1, 33)) % ORDER;
  const s = (inverse(toNumber(once.getPrivateKey())) * (toNumber(digest) + r * privateNumber(key))) % ORDER;
  return r === 0n || s === 0n ? signEs256(key, digest) : Buffer.concat([toBytes(r), toBytes(s)]);
}

/** Whether the private key `key` has made the signature of the digest. */
export function verifyEs256(key: KeyObject, digest: Buffer, signature: Buffer): boolean {
  const r = toNumber(signature.subarray(0, 32));
  const s = toNumber(signature.subarray(32));
  if (signature.length !== 64 || r === 0n || s === 0n || r >= ORDER || s >= ORDER) return false;
  // u1·G + u2·Q is one multiple of G for who knows the private number.
  const multiple = (inverse(s) * (toNumber(digest) + r * privateNumber(key))) % ORDER;
  if (multiple === 0n) return false;
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(toBytes(multiple));
  return toNumber(curve.getPublicKey().subarray(1, 33)) % ORDER === r;
}

/** Signs a SHA-256 digest by PS256: RSASSA-PSS with MGF1 and a salt as long as the digest (RFC 8017 §8.1.1). */
export function signPs256(key: KeyObject, digest: Buffer): Buffer {
  const { encodedBytes, clearBits, modulusBytes } = sizesOf(key);
  const salt = randomBytes(DIGEST_BYTES);
  const hash = hashSalted(digest, salt);
  const padded = Buffer.concat([Buffer.alloc(encodedBytes - 2 * DIGEST_BYTES - 2), Buffer.of(1), salt]);
  const masked = clear(xor(padded, maskOf(hash, padded.length)), clearBits);
  const encoded = Buffer.concat([masked, hash, Buffer.of(TRAILER)]);
  const message = Buffer.concat([Buffer.alloc(modulusBytes - encodedBytes), encoded]);
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, message);
}

/** Whether the private key `key` has made the signature of the digest (RFC 8017 §8.1.2). */
export function verifyPs256(key: KeyObject, digest: Buffer, signature: Buffer): boolean {
  const { encodedBytes, clearBits, modulusBytes } = sizesOf(key);
  if (signature.length !== modulusBytes) return false;
  const encoded = decrypt(key, signature)?.subarray(modulusBytes - encodedBytes);
  if (encoded?.at(-1) !== TRAILER) return false;
  const masked = encoded.subarray(0, encodedBytes - DIGEST_BYTES - 1);
  const hash = encoded.subarray(masked.length, -1);
  const padded = clear(xor(masked, maskOf(hash, masked.length)), clearBits);
  const salt = padded.subarray(-DIGEST_BYTES);
  const isPadded = padded
    .subarray(0, -DIGEST_BYTES)
    .every((byte, index, all) => byte === Number(index === all.length - 1));
  return isPadded && hashSalted(digest, salt).equals(hash);
}

function decrypt(key: KeyObject, signature: Buffer): Buffer | undefined {
  try {
    return publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature);
  } catch {
    return undefined;
  }
}

function sizesOf(key: KeyObject): { encodedBytes: number; clearBits: number; modulusBytes: number } {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const encodedBytes = Math.ceil((bits - 1) / 8);
  return { encodedBytes, clearBits: 8 * encodedBytes - (bits - 1), modulusBytes: Math.ceil(bits / 8) };
}

function hashSalted(digest: Buffer, salt: Buffer): Buffer {
  return createHash('sha256').update(Buffer.alloc(8)).update(digest).update(salt).digest();
}

/** MGF1, RFC 8017 appendix B.2.1. */
function maskOf(seed: Buffer, length: number): Buffer {
  const counters = Array.from({ length: Math.ceil(length / DIGEST_BYTES) }, (_, counter) => counter);
  const parts = counters.map((counter) => createHash('sha256').update(seed).update(bigEndian(counter)).digest());
  return Buffer.concat(parts).subarray(0, length);
}

function bigEndian(counter: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(counter);
  return bytes;
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));
}

function clear(bytes: Buffer, bits: number): Buffer {
  return Buffer.from(bytes.map((byte, index) => (index === 0 ? byte & (0xff >> bits) : byte)));
}

function privateNumber(key: KeyObject): bigint {
  return toNumber(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'));
}

/** By Fermat: the order is a prime. */
function inverse(value: bigint): bigint {
  let result = 1n;
  let base = value % ORDER;
  for (let exponent = ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % ORDER;
    base = (base * base) % ORDER;
  }
  return result;
}

function toNumber(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`);
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * DIGEST_BYTES, '0'), 'hex');
}

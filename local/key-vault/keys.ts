import { createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto';
import { badParameter, keyDisabled, keyNotFound } from './errors.ts';
import { signEs256, signPs256, verifyEs256, verifyPs256 } from './sign-digest.ts';
import { KEY_JWK, type KeyVersion, type VaultState } from './state.ts';

/** Kinds of keys that there are here: EC on P-256, RSA of 2048 to 4096 bits. */
export type NewKey = { kty: 'EC' } | { kty: 'RSA'; bits: number };

const ALGORITHMS = { EC: 'ES256', RSA: 'PS256' } as const;
const DIGEST_BYTES = 32;

/**
 * The keys of one vault over its state, which is changed in place. Times are whole seconds since 1970. Every method
 * throws `VaultError` for what Key Vault refuses, before it changes anything.
 */
export class Keys {
  readonly #state: VaultState;
  readonly #now: () => number;

  constructor(state: VaultState, now: () => number) {
    this.#state = state;
    this.#now = now;
  }

  /** Makes a version of a key, which is the newest from now on. */
  create(name: string, wanted: NewKey): KeyVersion {
    const { privateKey } =
      wanted.kty === 'EC'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: wanted.bits });
    return this.#add(name, privateKey);
  }

  /** The same from a private key that is there. */
  import(name: string, jwk: JsonWebKey): KeyVersion {
    return this.#add(name, readPrivateKey(jwk));
  }

  /** A version, the newest one when none is named, also a disabled one. */
  get(name: string, version: string | undefined): KeyVersion {
    const versions = this.versions(name);
    const found = version === undefined ? versions.at(-1) : versions.find((one) => one.version === version);
    if (!found) throw keyNotFound(version === undefined ? name : `${name}/${version}`);
    return found;
  }

  /** All versions of a key, oldest first. */
  versions(name: string): readonly KeyVersion[] {
    const found = this.#find(name);
    if (!found) throw keyNotFound(name);
    return found[1].versions;
  }

  /** The newest version of every key, by name. */
  newest(): [string, KeyVersion][] {
    return Object.keys(this.#state.keys).map((name) => [name, this.get(name, undefined)]);
  }

  /** The signature of a SHA-256 digest by the algorithm of the key's kind. */
  sign(key: KeyVersion, algorithm: string, digest: Buffer): Buffer {
    const privateKey = this.#use(key, algorithm, digest);
    return algorithm === 'ES256' ? signEs256(privateKey, digest) : signPs256(privateKey, digest);
  }

  verify(key: KeyVersion, algorithm: string, digest: Buffer, signature: Buffer): boolean {
    const privateKey = this.#use(key, algorithm, digest);
    return algorithm === 'ES256'
      ? verifyEs256(privateKey, digest, signature)
      : verifyPs256(privateKey, digest, signature);
  }

  #use({ jwk, enabled }: KeyVersion, algorithm: string, digest: Buffer): KeyObject {
    const allowed = ALGORITHMS[jwk.kty];
    if (!enabled) throw keyDisabled();
    if (algorithm !== allowed)
      throw badParameter(`Algorithm ${algorithm} with a key of kind ${jwk.kty}: ${allowed} only.`);
    if (digest.length !== DIGEST_BYTES)
      throw badParameter(`The digest has ${digest.length} bytes; it takes ${DIGEST_BYTES}.`);
    return createPrivateKey({ key: jwk, format: 'jwk' });
  }

  #add(name: string, privateKey: KeyObject): KeyVersion {
    const now = this.#now();
    const jwk = KEY_JWK.parse(privateKey.export({ format: 'jwk' }));
    const version = { version: randomUUID().replaceAll('-', ''), enabled: true, created: now, updated: now, jwk };
    const [key, { versions }] = this.#find(name) ?? [name, { versions: [] }];
    this.#state.keys[key] = { versions: [...versions, version] };
    return version;
  }

  /** In whatever case, as the service compares names. */
  #find(name: string) {
    return Object.entries(this.#state.keys).find(([key]) => key.toLowerCase() === name.toLowerCase());
  }
}

function readPrivateKey(jwk: JsonWebKey): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    throw badParameter('key: allowed is a private key as a JSON Web Key, EC on P-256 or RSA.');
  }
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (namedCurve === 'prime256v1' || modulusLength >= 2048) return key;
  throw badParameter('key: allowed are EC on P-256 and RSA of 2048 bits or more.');
}

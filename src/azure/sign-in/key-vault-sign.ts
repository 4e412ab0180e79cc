import { createPublicKey, type KeyObject } from 'node:crypto';
import type { TokenCredential } from '@azure/core-auth';
import { type Client, getClient, type PathUncheckedResponse } from '@azure-rest/core-client';
import { z } from 'zod';
import { type Side, TransferError } from '../../domain/errors.ts';
import {
  algorithmOf,
  formatDetachedSignature,
  formatSigningInput,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  verifySignature,
} from '../../domain/receipt/receipt-signature.ts';
import { clientOptions } from '../client-policy.ts';
import { attempt } from '../errors.ts';
import { ForeignAnswerError } from '../foreign-answer.ts';

/** Makes detached signatures of texts with one key; the private key never leaves its vault. */
export interface Signer {
  /**
   * The detached JWS of a text, `ES256` for a key on P-256, `PS256` for an RSA key, with the newest version of the key.
   * @throws a {@link TransferError}: `KEY_NOT_USABLE` for a key of another kind, else as the vault answers
   */
  sign(text: string): Promise<string>;
}

export interface SignerOptions {
  /** Origin of the vault. */
  vaultUrl: string;
  /** Name of the key; needs the data actions `keys/read` and `keys/sign/action` (Key Vault Crypto User). */
  key: string;
  /** Of the cloud that the credential signs in to; the audience of its vaults' tokens derives from it. */
  vaultSuffix: string;
  credential: TokenCredential;
  side?: Side | undefined;
}

const API_VERSION = '7.4';

const keySchema = z.object({
  key: z.looseObject({ kid: z.string(), kty: z.string() }),
});
const signedSchema = z.object({ value: z.string().min(1) });

/** One version of a key: its name in the vault, and what verifies its signatures. */
interface KeyVersion {
  version: string;
  algorithm: SignatureAlgorithm;
  publicKey: KeyObject;
}

/** Opens a key for signing. Nothing is asked yet. @throws `FOREIGN_VAULT` for a vault outside of the cloud */
export function openSigner(options: SignerOptions): Signer {
  const { vaultUrl, key: name, side } = options;
  const client = openClient(options);
  const resource = `${vaultUrl}/keys/${name}`;
  return {
    async sign(text) {
      const key = await attempt({ action: 'read the key', resource, side }, (signal) => readKey(client, name, signal));
      const input = formatSigningInput(text, key.algorithm, `${name}/${key.version}`);
      const signature = await attempt({ action: 'sign with the key', resource, side }, (abortSignal) =>
        sign(client, name, key, input.sha256, abortSignal),
      );
      const detached = formatDetachedSignature(input, signature);
      const pem = key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
      const verdict = verifySignature(text, detached, [pem]);
      if (!verdict.ok) throw unusable(`sign with the key on ${resource}: ${verdict.message}`, side);
      return detached;
    },
  };
}

function openClient({ vaultUrl, vaultSuffix, credential, side }: SignerOptions): Client {
  const { hostname } = new URL(vaultUrl);
  if (!hostname.endsWith(`.${vaultSuffix}`)) {
    const message = `vault ${vaultUrl}: allowed is https://{vault}.${vaultSuffix}, which alone may see the side's tokens`;
    throw new TransferError(message, { class: 'service', code: 'FOREIGN_VAULT', ...(side ? { side } : {}) });
  }
  return getClient(vaultUrl, credential, {
    ...clientOptions(vaultUrl),
    credentials: { scopes: [`https://${vaultSuffix}/.default`] },
    apiVersion: API_VERSION,
  });
}

async function readKey(client: Client, name: string, abortSignal: AbortSignal): Promise<KeyVersion> {
  const answer = await client.pathUnchecked('/keys/{name}', name).get({ abortSignal });
  const { key } = parseAnswer(answer, keySchema);
  const publicKey = readJwk(key);
  const algorithm = publicKey && algorithmOf(publicKey);
  if (!publicKey || !algorithm) {
    const message = `key ${name} is of kind ${key.kty}; allowed: EC on P-256, RSA of 2048 bits or more (for ${SIGNATURE_ALGORITHMS.join(', ')})`;
    throw unusable(message, undefined);
  }
  return { version: key.kid.split('/').at(-1) ?? '', algorithm, publicKey };
}

/** Keys in hardware differ by their kind's name only. */
function readJwk(jwk: { kty: string }): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk, kty: jwk.kty.replace(/-HSM$/, '') }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

async function sign(client: Client, name: string, key: KeyVersion, sha256: Buffer, abortSignal: AbortSignal) {
  const body = { alg: key.algorithm, value: sha256.toString('base64url') };
  const answer = await client
    .pathUnchecked('/keys/{name}/{version}/sign', name, key.version)
    .post({ body, abortSignal });
  return Buffer.from(parseAnswer(answer, signedSchema).value, 'base64url');
}

function parseAnswer<T>({ status, headers, body }: PathUncheckedResponse, schema: z.ZodType<T>): T {
  if (status !== '200') {
    const get = (name: string) => headers[name.toLowerCase()];
    throw new ForeignAnswerError({ status: Number(status), headers: { get }, bodyAsText: JSON.stringify(body ?? '') });
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; ');
  throw new TransferError(`the vault's answer was not understood: ${faults}`, {
    class: 'service',
    code: 'UNEXPECTED_ANSWER',
  });
}

function unusable(message: string, side: Side | undefined): TransferError {
  return new TransferError(message, { class: 'service', code: 'KEY_NOT_USABLE', ...(side ? { side } : {}) });
}

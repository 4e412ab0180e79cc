import type { Side } from '../errors.ts';
import { type Check, judge } from './check.ts';

/** Where a pipeline's token is. */
export interface SecretFacts {
  keyVaultUri: string;
  vaultSuffix: string;
  /** The parts of the URI, or `undefined` when it is none of this cloud. */
  location: { version?: string | undefined } | undefined;
}

/** That `keyVaultUri` names a secret, and no version of it. */
export function judgeSecretUri(side: Side, { keyVaultUri, vaultSuffix, location }: SecretFacts): Check[] {
  const form = judge({
    code: 'SECRET_URI_INVALID',
    side,
    holds: location !== undefined,
    found: keyVaultUri || 'no keyVaultUri',
    needed: `https://{vault}.${vaultSuffix}/secrets/{name}`,
    remedy: 'Correct keyVaultUri of the pipeline, or set its storageAccessMode to ManagedIdentity.',
  });
  if (!location) return [form];
  const pinned = judge({
    code: 'SECRET_VERSION_PINNED',
    side,
    holds: location.version === undefined,
    found: location.version === undefined ? 'no version' : `version ${location.version}`,
    needed: 'keyVaultUri without a version, so that the newest one counts',
    remedy: 'Take the version from keyVaultUri of the pipeline: a token that is rotated is a new version.',
  });
  return [form, pinned];
}

/** What the vault gave; `disabled` when it refused because of that. */
export type SecretState = { state: 'found'; expiresAt: string | undefined } | { state: 'missing' | 'disabled' };

/** That the secret is there, enabled, and not past its own expiry. */
export function judgeSecret(side: Side, uri: string, secret: SecretState, now: Date): Check[] {
  const missing = judge({
    code: 'SECRET_MISSING',
    side,
    holds: secret.state !== 'missing',
    found: secret.state === 'missing' ? `no secret ${uri}` : uri,
    needed: 'a secret with the SAS token',
    remedy: 'Rotate the token (POST /routes/{route}/rotate-sas), or correct keyVaultUri of the pipeline.',
  });
  if (secret.state === 'missing') return [missing];
  const disabled = judge({
    code: 'SECRET_DISABLED',
    side,
    holds: secret.state !== 'disabled',
    found: secret.state === 'disabled' ? 'disabled' : 'enabled',
    needed: 'a newest version that is enabled',
    remedy: 'Enable the newest version of the secret, or rotate the token (POST /routes/{route}/rotate-sas).',
  });
  return secret.state === 'found' ? [missing, disabled, judgeExpiry(side, secret.expiresAt, now)] : [missing, disabled];
}

function judgeExpiry(side: Side, expiresAt: string | undefined, now: Date): Check {
  return judge({
    code: 'SECRET_EXPIRED',
    side,
    holds: !(Date.parse(expiresAt ?? '') <= now.getTime()),
    otherwise: 'warning',
    found: expiresAt ? `expires at ${expiresAt}` : 'no expiry',
    needed: 'a secret that has not expired, though Key Vault hands out expired ones all the same',
    remedy: 'Rotate the token (POST /routes/{route}/rotate-sas): its secret should end when the token does.',
  });
}

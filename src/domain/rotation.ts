import { inspectSas } from './sas.ts';

/** Whether a pipeline's SAS token has to be replaced. `expiresAt` is of the token that is there now. */
export type RotationDecision =
  | { state: 'NotNeeded'; reason: string }
  | { state: 'Fresh'; expiresAt: string }
  | { state: 'Due'; reason: string; expiresAt: string }
  | { state: 'Broken'; code: string; reason: string }
  | { state: 'Rotated'; expiresAt: string }
  | { state: 'Failed'; code: string; reason: string };

/** Of a token's life: less left than this makes it due. */
const DUE_FRACTION = 1 / 3;
/** Life of a token that does not say when it began: as long as a user-delegation token may live. */
const ASSUMED_LIFE_MS = 7 * 24 * 3600 * 1000;

export interface TokenState {
  /** The secret's value, or `undefined` when the vault has none. */
  token: string | undefined;
  needed: string;
  now: Date;
}

/**
 * Judges the token that a pipeline's secret holds: `Broken` where it cannot work now, `Due` when less than a third of
 * its life is left, `Fresh` otherwise. What a stored access policy says is not known here, so a token that leaves its
 * permissions to one is not missing any. Does not ask the storage: a token may still be refused there.
 */
export function decideRotation({ token, needed, now }: TokenState): RotationDecision {
  if (token === undefined) return broken('SECRET_MISSING', 'The vault has no such secret.');
  const facts = inspectSas(token);
  if (!facts) return broken('SAS_MALFORMED', 'The secret does not hold a SAS token.');
  if (facts.policy && !facts.expiresAt) return { state: 'Fresh', expiresAt: 'by its stored access policy' };
  const expires = Date.parse(facts.expiresAt ?? '');
  if (Number.isNaN(expires)) return broken('SAS_MALFORMED', 'The token has no readable expiry.');
  if (expires <= now.getTime()) return broken('SAS_EXPIRED', `The token expired at ${facts.expiresAt}.`);
  const byPolicy = facts.policy !== null && facts.permissions === '';
  const missing = byPolicy ? '' : [...needed].filter((letter) => !facts.permissions.includes(letter)).join('');
  if (missing)
    return broken('SAS_MISSING_PERMISSION', `The token has '${facts.permissions}', '${missing}' is missing.`);
  const starts = Date.parse(facts.startsAt ?? '');
  if (starts > now.getTime()) return broken('SAS_NOT_YET_VALID', `The token starts at ${facts.startsAt}.`);
  const life = Number.isNaN(starts) ? ASSUMED_LIFE_MS : expires - starts;
  const left = expires - now.getTime();
  if (left < life * DUE_FRACTION) {
    const expiresAt = new Date(expires).toISOString();
    return { state: 'Due', reason: `The token expires at ${expiresAt}.`, expiresAt };
  }
  return { state: 'Fresh', expiresAt: new Date(expires).toISOString() };
}

function broken(code: string, reason: string): RotationDecision {
  return { state: 'Broken', code, reason };
}

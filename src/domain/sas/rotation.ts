import { expiryMsOf, inspectSas, missingPermissions, missingResourceTypes, type SasFacts } from './sas.ts';

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
 * its life is left or its form is not what the service asks for though it may work (http allowed, tied to addresses),
 * `Fresh` otherwise. What a stored access policy says is not known here, so a token that leaves its permissions to one
 * is not missing any. Does not ask the storage: a token may still be refused there.
 */
export function decideRotation({ token, needed, now }: TokenState): RotationDecision {
  if (token === undefined) return broken('SECRET_MISSING', 'The vault has no such secret.');
  const facts = inspectSas(token);
  if (!facts) return broken('SAS_MALFORMED', 'The secret does not hold a SAS token.');
  return judgeEnd(facts, now) ?? judgeScope(facts) ?? judgeTimes(facts, needed, now);
}

/** A token that has ended says nothing more that matters. */
function judgeEnd(facts: SasFacts, now: Date): RotationDecision | undefined {
  if (facts.policy && !facts.expiresAt) return undefined;
  const expires = expiryMsOf(facts);
  if (Number.isNaN(expires)) return broken('SAS_MALFORMED', 'The token has no readable expiry.');
  const end = new Date(expires).toISOString();
  return expires <= now.getTime() ? broken('SAS_EXPIRED', `The token expired at ${end}.`) : undefined;
}

function judgeScope(facts: SasFacts): RotationDecision | undefined {
  const { kind, resource, services } = facts;
  if (kind !== 'account' && resource !== 'c') {
    return broken(
      'SAS_WRONG_RESOURCE',
      `The token is for resource '${resource ?? 'none'}', 'c' (container) is needed.`,
    );
  }
  if (kind === 'account' && !services?.includes('b')) {
    return broken('SAS_MISSING_SERVICE', `The token is for services '${services ?? ''}', 'b' (blob) is missing.`);
  }
  const missing = missingResourceTypes(facts);
  return /[co]/.test(missing)
    ? broken('SAS_MISSING_RESOURCE_TYPES', `The token is for '${facts.resourceTypes}', '${missing}' is missing.`)
    : undefined;
}

function judgeTimes(facts: SasFacts, needed: string, now: Date): RotationDecision {
  if (facts.policy && !facts.expiresAt) return { state: 'Fresh', expiresAt: 'by its stored access policy' };
  const expires = expiryMsOf(facts);
  const end = new Date(expires).toISOString();
  const missing = missingPermissions(facts, needed);
  if (missing)
    return broken('SAS_MISSING_PERMISSION', `The token has '${facts.permissions}', '${missing}' is missing.`);
  const starts = Date.parse(facts.startsAt ?? '');
  if (starts > now.getTime()) return broken('SAS_NOT_YET_VALID', `The token starts at ${facts.startsAt}.`);
  const life = Number.isNaN(starts) ? ASSUMED_LIFE_MS : expires - starts;
  const due = (reason: string): RotationDecision => ({ state: 'Due', reason, expiresAt: end });
  if (expires - now.getTime() < life * DUE_FRACTION) return due(`The token expires at ${end}.`);
  const fault = faultOfForm(facts);
  return fault ? due(fault) : { state: 'Fresh', expiresAt: end };
}

/** What works, and yet is not what the service asks for: mended at the next rotation, no reason to refuse a transfer. */
function faultOfForm(facts: SasFacts): string | undefined {
  if (!facts.httpsOnly) return 'The token also allows http.';
  if (facts.ipRange) return `The token is tied to addresses: ${facts.ipRange}.`;
  if (missingResourceTypes(facts)) return `The token is for '${facts.resourceTypes}' only.`;
  return undefined;
}

function broken(code: string, reason: string): RotationDecision {
  return { state: 'Broken', code, reason };
}

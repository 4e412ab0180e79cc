import type { Side } from '../errors.ts';
import { expiryMsOf, inspectSas, missingPermissions, missingResourceTypes, type SasFacts } from '../sas/sas.ts';
import { type Check, type Judgement, judge } from './check.ts';

/** How far two clocks may be apart. */
const SKEW_MS = 5 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

/** What a token is judged by: the secret's value, the letters its pipeline needs, the time. */
export interface TokenFacts {
  side: Side;
  token: string;
  needed: string;
  now: Date;
}

type Findings = Omit<Judgement, 'side'>;

/**
 * Everything that a SAS token's own text tells: form, scope, permissions, protocol, addresses, times. Asks nobody. The
 * signature is in no check.
 */
export function judgeToken({ side, token, needed, now }: TokenFacts): Check[] {
  const facts = inspectSas(token);
  const form = judgeForm(facts);
  if (!facts || !form.holds) return [judge({ ...form, side })];
  const findings = [
    form,
    ...judgeScope(facts),
    judgePermissions(facts, needed),
    judgeProtocol(facts),
    judgeAddresses(facts),
    ...judgeStart(facts, now.getTime()),
    ...judgeExpiry(facts, now.getTime()),
  ];
  return findings.map((finding) => judge({ ...finding, side }));
}

function judgeForm(facts: SasFacts | undefined): Findings {
  const hasExpiry = facts !== undefined && (!Number.isNaN(expiryMsOf(facts)) || endsByPolicy(facts));
  const broken = facts ? 'a SAS token without a readable expiry' : 'no SAS token';
  return {
    code: 'SAS_MALFORMED',
    holds: hasExpiry,
    found: hasExpiry ? `a token of kind ${facts.kind}, version ${facts.version ?? 'unknown'}` : broken,
    needed: 'a SAS token, with or without a leading ?',
    remedy: 'Rotate the token (POST /routes/{route}/rotate-sas), or store a SAS token as the newest version.',
  };
}

function endsByPolicy({ policy, expiresAt }: SasFacts): boolean {
  return policy !== null && expiresAt === null;
}

function judgeScope(facts: SasFacts): Findings[] {
  if (facts.kind !== 'account') {
    return [
      {
        code: 'SAS_WRONG_RESOURCE',
        holds: facts.resource === 'c',
        found: `sr=${facts.resource ?? ''}`,
        needed: 'sr=c: the whole container',
        remedy: 'Make a token for the container, not for a blob or a folder, or have the app rotate it.',
      },
    ];
  }
  return [
    {
      code: 'SAS_MISSING_SERVICE',
      holds: facts.services?.includes('b') ?? false,
      found: `ss=${facts.services ?? ''}`,
      needed: 'ss with b: the blob service',
      remedy: 'Make the account SAS for the blob service, or have the app rotate it.',
    },
    {
      code: 'SAS_MISSING_RESOURCE_TYPES',
      holds: missingResourceTypes(facts) === '',
      found: `srt=${facts.resourceTypes ?? ''}`,
      needed: 'srt=sco: service, containers and objects',
      remedy: `Make the account SAS with resource types sco (missing: ${missingResourceTypes(facts)}), or use a container SAS.`,
    },
  ];
}

function judgePermissions(facts: SasFacts, needed: string): Findings {
  const missing = missingPermissions(facts, needed);
  const isByPolicy = facts.policy !== null && facts.permissions === '';
  return {
    code: 'SAS_MISSING_PERMISSION',
    holds: missing === '',
    found: isByPolicy ? `by stored access policy ${facts.policy}` : `sp=${facts.permissions}`,
    needed: `sp with ${needed}`,
    remedy: `Make a token that also has '${missing}', or have the app rotate it.`,
  };
}

function judgeProtocol({ httpsOnly }: SasFacts): Findings {
  return {
    code: 'SAS_HTTP_ALLOWED',
    holds: httpsOnly,
    found: httpsOnly ? 'https only' : 'http allowed',
    needed: 'spr=https',
    remedy: 'Make the token for https only, or have the app rotate it.',
  };
}

function judgeAddresses({ ipRange }: SasFacts): Findings {
  return {
    code: 'SAS_IP_RESTRICTED',
    holds: ipRange === null,
    otherwise: 'warning',
    found: ipRange === null ? 'any address' : `sip=${ipRange}`,
    needed: 'no sip: the addresses of the registry service are not known',
    remedy: 'Make the token without an IP range, or have the app rotate it.',
  };
}

function judgeStart({ startsAt }: SasFacts, nowMs: number): Findings[] {
  const startMs = Date.parse(startsAt ?? '');
  const found = startsAt === null ? 'no start' : `starts at ${startsAt}`;
  const now = new Date(nowMs).toISOString();
  const notYet: Findings = {
    code: 'SAS_NOT_YET_VALID',
    holds: !(startMs > nowMs),
    found,
    needed: `a start before now (${now}), or none`,
    remedy: 'Make the token with a start 15 minutes back, or have the app rotate it.',
  };
  if (!notYet.holds) return [notYet];
  const skew: Findings = {
    code: 'SAS_START_SKEW',
    holds: !(startMs > nowMs - SKEW_MS),
    otherwise: 'warning',
    found,
    needed: 'a start at least 5 minutes back, or none: clocks differ',
    remedy: 'Wait 5 minutes, and make the next token with a start 15 minutes back.',
  };
  return [notYet, skew];
}

function judgeExpiry(facts: SasFacts, nowMs: number): Findings[] {
  if (endsByPolicy(facts)) return [];
  const endMs = expiryMsOf(facts);
  const end = new Date(endMs).toISOString();
  const found =
    endMs < Date.parse(facts.expiresAt ?? '') ? `ends at ${end} with the key that signed it` : `ends at ${end}`;
  const expired: Findings = {
    code: 'SAS_EXPIRED',
    holds: endMs > nowMs,
    found,
    needed: `an end after now (${new Date(nowMs).toISOString()})`,
    remedy: 'Rotate the token (POST /routes/{route}/rotate-sas); see why the rotation timer did not.',
  };
  if (!expired.holds) return [expired];
  const soon: Findings = {
    code: 'SAS_EXPIRES_SOON',
    holds: endMs > nowMs + DAY_MS,
    otherwise: 'warning',
    found,
    needed: 'more than a day left, so that a run does not outlive it',
    remedy: 'Rotate the token (POST /routes/{route}/rotate-sas); see why the rotation timer did not.',
  };
  return [expired, soon];
}

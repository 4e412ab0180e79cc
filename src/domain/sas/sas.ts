/** What a SAS token says of itself, without its signature. Times are ISO 8601 as in the token. */
export interface SasFacts {
  kind: 'userDelegation' | 'accountKey' | 'storedPolicy' | 'account';
  version: string | null;
  /** `c` container, `b` blob, … for a service SAS; `null` for an account SAS. */
  resource: string | null;
  services: string | null;
  resourceTypes: string | null;
  permissions: string;
  startsAt: string | null;
  expiresAt: string | null;
  httpsOnly: boolean;
  ipRange: string | null;
  policy: string | null;
  /** End of the user delegation key that signed it: the token is worth nothing after that, whatever it says. */
  keyExpiresAt: string | null;
}

/** Reads a SAS token, with or without a leading `?`; `undefined` when the text is not one (no `sig`). */
export function inspectSas(token: string): SasFacts | undefined {
  const fields = new URLSearchParams(token.trim().replace(/^\?/, ''));
  const field = (name: string) => fields.get(name) || null;
  if (!field('sig')) return undefined;
  return {
    kind: kindOf(fields),
    version: field('sv'),
    resource: field('sr'),
    services: field('ss'),
    resourceTypes: field('srt'),
    permissions: field('sp') ?? '',
    startsAt: field('st'),
    expiresAt: field('se'),
    httpsOnly: field('spr') === 'https',
    ipRange: field('sip'),
    policy: field('si'),
    keyExpiresAt: field('ske'),
  };
}

function kindOf(fields: URLSearchParams): SasFacts['kind'] {
  if (fields.get('skoid')) return 'userDelegation';
  if (fields.get('srt')) return 'account';
  return fields.get('si') ? 'storedPolicy' : 'accountKey';
}

/** When a token ends, in milliseconds since 1970: with its key where that ends first. `NaN` when it does not say. */
export function expiryMsOf({ expiresAt, keyExpiresAt }: SasFacts): number {
  const ownMs = Date.parse(expiresAt ?? '');
  const keyMs = Date.parse(keyExpiresAt ?? '');
  return Number.isNaN(keyMs) ? ownMs : Math.min(ownMs, keyMs);
}

/** The needed permissions that a token lacks; none where a stored access policy has them. */
export function missingPermissions({ permissions, policy }: SasFacts, needed: string): string {
  if (policy !== null && permissions === '') return '';
  return [...needed].filter((letter) => !permissions.includes(letter)).join('');
}

/** Resource types (`s`ervice, `c`ontainer, `o`bject) that an account SAS lacks; none for any other token. */
export function missingResourceTypes({ kind, resourceTypes }: SasFacts): string {
  if (kind !== 'account') return '';
  return [...'sco'].filter((letter) => !resourceTypes?.includes(letter)).join('');
}

/** Permissions a pipeline's token needs, in the order that a token spells them. */
export function neededPermissions(direction: 'export' | 'import', deletesSource: boolean): string {
  if (direction === 'export') return 'rawl';
  return deletesSource ? 'rdl' : 'rl';
}

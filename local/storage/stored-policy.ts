import { authenticationFailed, type Refusal } from './storage-error.ts';

/** Permissions and times of a SAS token or of a stored access policy; what it leaves out is `null`. */
export interface StoredPolicy {
  start: string | null;
  expiry: string | null;
  permissions: string | null;
}

/** The policy of a name in a container's access policies, as `Get Container ACL` answers them. */
export function findPolicy(xml: string, name: string): StoredPolicy | undefined {
  const identifiers = xml.match(/<SignedIdentifier>.*?<\/SignedIdentifier>/gs) ?? [];
  const found = identifiers.find((one) => elementOf(one, 'Id') === name);
  if (found === undefined) return undefined;
  const [start, expiry, permissions] = ['Start', 'Expiry', 'Permission'].map((tag) => elementOf(found, tag) || null);
  return { start: start ?? null, expiry: expiry ?? null, permissions: permissions ?? null };
}

/** What token and policy say together; the service refuses a field that both have. */
export function mergePolicy(own: StoredPolicy, policy: StoredPolicy): { fields: StoredPolicy } | { refusal: Refusal } {
  const names = ['start', 'expiry', 'permissions'] as const;
  const twice = names.find((name) => own[name] !== null && policy[name] !== null);
  if (twice) {
    return {
      refusal: authenticationFailed(`Both the token and its stored access policy have ${twice}: allowed is one.`),
    };
  }
  return {
    fields: {
      start: own.start ?? policy.start,
      expiry: own.expiry ?? policy.expiry,
      permissions: own.permissions ?? policy.permissions,
    },
  };
}

function elementOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

import type { IncomingMessage } from 'node:http';
import { sasKindOf } from '../storage/sas-signature.ts';

/** The user name of a registry's Basic credentials that says: the password is a refresh token. */
const TOKEN_USER = '00000000-0000-0000-0000-000000000000';

/**
 * Who a call says it comes from, in the words of `CallFacts.identity`. `identities` has the object ids of those who ask
 * the identity endpoint, by the secret that they send. The credentials are read, not checked, and never given back.
 */
export function identityOf(request: IncomingMessage, url: URL, identities: ReadonlyMap<string, string>): string {
  const { authorization } = request.headers;
  const header = request.headers['x-identity-header'];
  if (typeof header === 'string') return identities.get(header) ?? 'unknown';
  if (authorization !== undefined) return identityOfCredentials(authorization);
  const kind = sasKindOf(url.searchParams);
  if (kind === undefined) return 'anonymous';
  return kind === 'delegation' ? `sas:delegation:${url.searchParams.get('skoid')}` : `sas:${kind}`;
}

function identityOfCredentials(authorization: string): string {
  const [, scheme = '', value = ''] = /^\s*(\w+) +(\S+)/.exec(authorization) ?? [];
  if (/^bearer$/i.test(scheme)) return subjectOf(value) ?? 'unknown';
  if (/^sharedkey$/i.test(scheme)) return `key:${value.split(':', 1)[0]}`;
  return /^basic$/i.test(scheme) ? identityOfPassword(value) : 'unknown';
}

function identityOfPassword(encoded: string): string {
  const [, user = '', password = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  if (user === TOKEN_USER) return subjectOf(password) ?? 'unknown';
  return user === '' ? 'unknown' : user;
}

/** The object id that a JSON web token names. */
function subjectOf(token: string): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const { oid } = claims as { oid?: unknown };
    return typeof oid === 'string' ? oid : undefined;
  } catch {
    return undefined;
  }
}

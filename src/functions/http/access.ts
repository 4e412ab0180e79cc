import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { createTokenVerifier, type TokenVerdict, type TokenVerifier } from '../../azure/sign-in/access-tokens.ts';
import type { AccessSettings } from '../../config/settings.ts';
import { ROLES, type Role } from '../../domain/api/calls.ts';
import type { ProblemDetails } from './problem.ts';

/** Who calls: `key`, or the object id of a bearer token. */
export type Access = { caller: string } | { refused: ProblemDetails; challenge?: string };
export type Gate = (request: HttpRequest, needed: Role) => Promise<Access>;

/** The one gate of the API. With function keys the host has asked for one before the app hears of the call. */
export function createGate(settings: AccessSettings): Gate {
  if (settings.kind === 'functionKey') return async () => ({ caller: 'key' });
  const verify = createTokenVerifier(settings);
  return (request, needed) => admit(settings, verify, request, needed);
}

type EntraSettings = Extract<AccessSettings, { kind: 'entra' }>;

async function admit(
  settings: EntraSettings,
  verify: TokenVerifier,
  request: HttpRequest,
  needed: Role,
): Promise<Access> {
  const key = request.headers.get('x-functions-key') ?? request.query.get('code');
  if (key !== null) {
    return isSameKey(settings.apiKey, key)
      ? { caller: 'key' }
      : refuse(401, 'KEY_INVALID', 'The key is not this app’s.');
  }
  const token = /^bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  const verdict = token === undefined ? readPlatformPrincipal(settings, request) : await verify(token);
  if (verdict === undefined) {
    return { ...refuse(401, 'NOT_SIGNED_IN', 'The call has neither a bearer token nor a key.'), challenge: 'Bearer' };
  }
  if ('fault' in verdict) {
    const detail = `The bearer token is not good: ${verdict.fault}.`;
    return { ...refuse(401, 'TOKEN_INVALID', detail), challenge: 'Bearer error="invalid_token"' };
  }
  const { objectId, roles } = verdict.claims;
  if (isAllowed(roles, needed)) return { caller: objectId };
  const found = roles.join(', ') || 'none';
  return refuse(403, 'ROLE_MISSING', `The caller has the roles: ${found}; needed: ${needed}, or one above it.`);
}

function refuse(status: number, code: string, detail: string): { refused: ProblemDetails } {
  return { refused: { status, code, detail } };
}

function isAllowed(roles: readonly string[], needed: Role): boolean {
  return ROLES.slice(ROLES.indexOf(needed)).some((role) => roles.includes(role));
}

/** Compares digests, so that the time it takes tells nothing. */
function isSameKey(expected: string | undefined, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return expected !== undefined && timingSafeEqual(digest(expected), digest(given));
}

const principalSchema = z.object({ claims: z.array(z.object({ typ: z.string(), val: z.string() })) });
const OBJECT_ID = ['oid', 'http://schemas.microsoft.com/identity/claims/objectidentifier'];
const ROLE = ['roles', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'];

/** Whom App Service has signed in. Without it before the app, anybody could send that header: it counts for nothing. */
function readPlatformPrincipal({ trustsPlatform }: EntraSettings, request: HttpRequest): TokenVerdict | undefined {
  const header = request.headers.get('x-ms-client-principal');
  if (!trustsPlatform || header === null) return undefined;
  const parsed = principalSchema.safeParse(parseJson(Buffer.from(header, 'base64').toString()));
  const claims = parsed.data?.claims ?? [];
  const objectId = claims.find(({ typ }) => OBJECT_ID.includes(typ))?.val;
  if (objectId === undefined) return { fault: 'the principal that App Service forwards has no object id' };
  return { claims: { objectId, roles: claims.filter(({ typ }) => ROLE.includes(typ)).map(({ val }) => val) } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { TransferError } from '../../domain/errors.ts';

/** The application whose tokens are taken, and the authority that signs them. */
export interface TokenAudience {
  tenantId: string;
  clientId: string;
  /** Origin, without a trailing slash. */
  authorityHost: string;
}

/** What a good token says of its bearer. */
export interface TokenClaims {
  objectId: string;
  roles: readonly string[];
}

/** The claims of a good token, or what is wrong with the one that was given. */
export type TokenVerdict = { claims: TokenClaims } | { fault: string };
export type TokenVerifier = (token: string) => Promise<TokenVerdict>;

const CLOCK_TOLERANCE_SECONDS = 60;
const KEYS_LIMIT_MS = 10_000;
const STS_HOST = 'https://sts.windows.net';
/*
 * Authorities whose tokens name another issuer than their own address, and older addresses of the same authority: as
 * their /.well-known/openid-configuration says.
 */
const CHINA = { sts: 'https://sts.chinacloudapi.cn', issuer: 'https://login.partner.microsoftonline.cn' };
const PUBLIC = { sts: STS_HOST, issuer: 'https://login.microsoftonline.com' };
const ISSUERS: Readonly<Record<string, { sts: string; issuer: string }>> = {
  'https://login.chinacloudapi.cn': CHINA,
  'https://login.partner.microsoftonline.cn': CHINA,
  'https://login.windows.net': PUBLIC,
};

/** What tokens of a tenant name as their issuer, by the authority's origin: of version 2, then of version 1. */
export function issuersOf({ authorityHost, tenantId }: Pick<TokenAudience, 'authorityHost' | 'tenantId'>): string[] {
  const { sts, issuer } = ISSUERS[authorityHost] ?? { sts: STS_HOST, issuer: authorityHost };
  return [`${issuer}/${tenantId}/v2.0`, `${sts}/${tenantId}/`];
}

/**
 * Verifies access tokens of an application of Entra ID: signature (RS256, by the tenant's published keys), issuer (both
 * versions of tokens), audience, times. Keys are kept, and asked for again when a token names one that is not known.
 * @throws `TransferError` `AUTHORITY_UNREACHABLE` when the keys cannot be had: that says nothing about the token
 */
export function createTokenVerifier({ tenantId, clientId, authorityHost }: TokenAudience): TokenVerifier {
  const keysUrl = new URL(`${authorityHost}/${tenantId}/discovery/v2.0/keys`);
  const keys = createRemoteJWKSet(keysUrl, { timeoutDuration: KEYS_LIMIT_MS });
  const options = {
    algorithms: ['RS256'],
    issuer: issuersOf({ authorityHost, tenantId }),
    audience: [clientId, `api://${clientId}`],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ['exp', 'oid'],
  };
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, options);
      return readClaims(payload);
    } catch (error) {
      if (error instanceof errors.JOSEError && !isAboutKeys(error)) return { fault: error.message };
      const message = `Could not read the keys of ${keysUrl.href}: ${(error as Error).message}`;
      throw new TransferError(message, { class: 'transient', code: 'AUTHORITY_UNREACHABLE', cause: error });
    }
  };
}

/** What the library throws where the keys could not be had, or were none: of its general kind, or of the time limit. */
function isAboutKeys(error: errors.JOSEError): boolean {
  return ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(error.code);
}

function readClaims({ oid, roles }: JWTPayload): TokenVerdict {
  if (typeof oid !== 'string' || oid === '') return { fault: 'missing required "oid" claim' };
  const names = Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
  return { claims: { objectId: oid, roles: names } };
}

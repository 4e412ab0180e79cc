import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { TransferError } from '../domain/errors.ts';

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
const STS_HOSTS: Readonly<Record<string, string>> = {
  'https://login.chinacloudapi.cn': 'https://sts.chinacloudapi.cn',
};

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
    issuer: [
      `${authorityHost}/${tenantId}/v2.0`,
      `${STS_HOSTS[authorityHost] ?? 'https://sts.windows.net'}/${tenantId}/`,
    ],
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

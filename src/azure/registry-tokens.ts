import type { TokenCredential } from '@azure/core-auth';
import type { Cloud } from '../domain/cloud.ts';
import { type Side, TransferError } from '../domain/errors.ts';
import type { RouteSide } from '../domain/route/route.ts';
import { RegistryClient } from '../oci/registry-client.ts';
import type { BearerToken, TokenRequest, TokenSource } from '../oci/token-source.ts';
import { assertOwnOrigin, USER_AGENT_PREFIX } from './client-policy.ts';
import { attempt } from './errors.ts';
import { ForeignAnswerError } from './foreign-answer.ts';
import { postForm } from './sign-in/form-post.ts';
import { jwtExpiryMs } from './sign-in/jwt-expiry.ts';

/** A refresh token is not used in its last five minutes, so that it does not end on the way. */
const EXPIRY_MARGIN_MS = 5 * 60_000;
/** Life of a refresh token that does not say how long it lives; ACR's say three hours. */
const UNKNOWN_LIFE_MS = 30 * 60_000;

export interface RegistryTokenOptions {
  /** Host name of the registry, as ARM gives it. */
  loginServer: string;
  cloud: Cloud;
  /** Sent along with the exchange, which then need not look for it. */
  tenantId: string;
  credential: TokenCredential;
  side?: Side | undefined;
}

/**
 * ACR's token exchange: an Entra token becomes a refresh token, that one access tokens for scopes. The Entra token is
 * for the cloud's registry audience or, where the tenant does not know or the registry does not take that (401), for ARM's; what worked is asked
 * first from then on. Everything goes to the login server's own origin: a challenge of another endpoint or with
 * another realm is refused (`FOREIGN_ORIGIN`). Throws `TransferError`s.
 */
export function createRegistryTokenSource(options: RegistryTokenOptions): TokenSource {
  const origin = `https://${options.loginServer.toLowerCase()}`;
  const audiences = [...new Set([options.cloud.registryAudience, options.cloud.armAudience])];
  const refreshTokens = keepRefreshToken(() => exchangeToken(options, origin, audiences));

  return {
    async bearer(request) {
      assertOwnOrigin(request.endpoint.href, origin);
      assertOwnOrigin(request.realm.href, origin);
      const { token, wasKept } = await refreshTokens.current();
      try {
        return await fetchAccessToken(options, origin, token, request);
      } catch (error) {
        // A kept one may have been revoked; one that is new and refused will not get better.
        if (!wasKept || !isUnauthorized(error)) throw error;
        refreshTokens.drop(token);
        const renewed = await refreshTokens.current();
        return fetchAccessToken(options, origin, renewed.token, request);
      }
    },
  };
}

/**
 * A client of a side's registry that signs in with the credential. Throws a `TransferError` with code
 * `FOREIGN_ORIGIN` when the login server is not a name of the side's cloud.
 */
export function createRegistryClient(
  loginServer: string,
  side: Pick<RouteSide, 'cloud' | 'tenantId'>,
  credential: TokenCredential,
  name?: Side,
): RegistryClient {
  const { cloud, tenantId } = side;
  if (
    !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(loginServer) ||
    !loginServer.toLowerCase().endsWith(`.${cloud.registrySuffix}`)
  ) {
    throw new TransferError(`login server ${loginServer}; allowed: names in ${cloud.registrySuffix}`, {
      class: 'service',
      code: 'FOREIGN_ORIGIN',
      ...(name === undefined ? {} : { side: name }),
    });
  }
  const tokens = createRegistryTokenSource({ loginServer, cloud, tenantId, credential, side: name });
  return new RegistryClient({ endpoint: `https://${loginServer.toLowerCase()}`, tokens });
}

/** Tries the audiences in turn and moves the one that worked to the front. */
async function exchangeToken(options: RegistryTokenOptions, origin: string, audiences: string[]): Promise<string> {
  const resource = `${origin}/oauth2/exchange`;
  const context = { action: 'exchange the token', resource, side: options.side };
  for (const [index, audience] of audiences.entries()) {
    try {
      const token = await attempt(context, (signal) => exchangeFor(options, resource, audience, signal));
      audiences.unshift(...audiences.splice(index, 1));
      return token;
    } catch (error) {
      if (!mayBeTheAudience(error) || index === audiences.length - 1) throw error;
    }
  }
  throw new RangeError('no audience to ask a token for');
}

async function exchangeFor(
  { credential, loginServer, tenantId }: RegistryTokenOptions,
  url: string,
  audience: string,
  signal: AbortSignal,
): Promise<string> {
  const entra = await credential.getToken(`${audience}/.default`, { abortSignal: signal });
  const form = {
    grant_type: 'access_token',
    service: loginServer,
    tenant: tenantId,
    access_token: entra?.token ?? '',
  };
  return postForm({ url, form, field: 'refresh_token', userAgent: USER_AGENT_PREFIX, signal });
}

async function fetchAccessToken(
  options: RegistryTokenOptions,
  origin: string,
  refreshToken: string,
  request: TokenRequest,
): Promise<BearerToken> {
  const url = `${origin}/oauth2/token`;
  const scope = request.scopes.join(' ');
  const context = { action: `get a token for ${scope || 'no scope'}`, resource: url, side: options.side };
  const form = { grant_type: 'refresh_token', service: request.service, scope, refresh_token: refreshToken };
  const token = await attempt(context, (limit) => {
    const signal = request.signal ? AbortSignal.any([limit, request.signal]) : limit;
    return postForm({ url, form, field: 'access_token', userAgent: USER_AGENT_PREFIX, signal });
  }).catch((error: unknown) => {
    throw request.signal?.aborted ? request.signal.reason : error;
  });
  const expiresAtMs = jwtExpiryMs(token);
  return expiresAtMs === undefined ? { token } : { token, expiresAtMs };
}

/** Keeps one refresh token until shortly before its end; parallel callers share one exchange. */
function keepRefreshToken(exchange: () => Promise<string>) {
  let kept: { token: string; freshUntilMs: number } | undefined;
  let pending: Promise<string> | undefined;
  async function renew(): Promise<string> {
    const token = await exchange();
    const expiresAtMs = jwtExpiryMs(token) ?? Date.now() + UNKNOWN_LIFE_MS;
    kept = { token, freshUntilMs: expiresAtMs - EXPIRY_MARGIN_MS };
    return token;
  }
  return {
    /** `wasKept` when the token is from an earlier exchange. */
    async current(): Promise<{ token: string; wasKept: boolean }> {
      if (kept && kept.freshUntilMs > Date.now()) return { token: kept.token, wasKept: true };
      pending ??= renew().finally(() => {
        pending = undefined;
      });
      return { token: await pending, wasKept: false };
    },
    /** Forgets a token that was refused, unless a newer one has taken its place. */
    drop(token: string): void {
      if (kept?.token === token) kept = undefined;
    },
  };
}

/** A registry says 401 to an audience that it does not take; a tenant that does not know it gives no token at all. */
function mayBeTheAudience(error: unknown): boolean {
  return isUnauthorized(error) || (error instanceof TransferError && error.code === 'AUTHENTICATION_FAILED');
}

function isUnauthorized(error: unknown): boolean {
  return (
    error instanceof TransferError && error.cause instanceof ForeignAnswerError && error.cause.answer.status === 401
  );
}

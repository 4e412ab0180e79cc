import type { JsonWebKey, KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, sign, verify as verifySignature } from 'node:crypto';
import { z } from 'zod';
import { TENANT_ID } from './names.ts';

/** The claims of an access token that a service looks at. Times are in seconds since 1970. */
export interface TokenClaims {
  /** The resource that the token is for. */
  aud: string;
  /** The object id of the identity. */
  oid: string;
  sub?: string;
  /** The client id of the identity. */
  appid?: string;
  [claim: string]: unknown;
}

/** The issuer of a tenant's tokens. */
export function issuerOf(tenantId: string): string {
  return `https://sts.windows.net/${tenantId}/`;
}

const DEFAULT_LIFE_SECONDS = 3600;
/** How far the clocks of two services may be apart. */
const CLOCK_SKEW_SECONDS = 60;
const REMEMBERED_TOKENS = 1000;

const HEADER = z.object({ alg: z.literal('RS256') });
const CLAIMS = z.looseObject({
  aud: z.string(),
  oid: z.string(),
  sub: z.string().optional(),
  appid: z.string().optional(),
  iss: z.string(),
  nbf: z.number(),
  exp: z.number(),
});
type SignedClaims = z.infer<typeof CLAIMS>;

export interface TokenAuthorityOptions {
  /** A clock other than the machine's: milliseconds since 1970. */
  nowMs?: () => number;
  tenantId?: string;
}

/** Mints and verifies the access tokens of one tenant: JWTs, RS256, version 1.0. */
export class TokenAuthority {
  readonly tenantId: string;
  readonly issuer: string;
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  /** Milliseconds since 1970 by the clock that tokens are minted and judged by. */
  readonly nowMs: () => number;
  /** Claims whose signature was found good, by token: every request carries a token, few are new. */
  readonly #verified = new Map<string, SignedClaims>();

  /** Takes a PKCS8 PEM of an RSA key; throws when it is not one. */
  constructor(signingKeyPem: string, { nowMs = () => Date.now(), tenantId = TENANT_ID }: TokenAuthorityOptions = {}) {
    this.nowMs = nowMs;
    this.tenantId = tenantId;
    this.issuer = issuerOf(tenantId);
    this.#privateKey = createPrivateKey(signingKeyPem);
    if (this.#privateKey.asymmetricKeyType !== 'rsa') {
      throw new Error(`The key that signs tokens must be RSA; found ${this.#privateKey.asymmetricKeyType}.`);
    }
    this.#publicKey = createPublicKey(this.#privateKey);
  }

  /** The public half of the signing key, as a JSON web key. */
  get publicJwk(): JsonWebKey {
    return this.#publicKey.export({ format: 'jwk' });
  }

  /**
   * A signed token that lives for `lifeSeconds` (default 3600; a negative life gives an expired one). `sub` is the
   * `oid` unless given; issuer, tenant, times and version are the authority's own and cannot be given.
   */
  mint(claims: TokenClaims, lifeSeconds = DEFAULT_LIFE_SECONDS): string {
    const now = this.#nowSeconds();
    const own = { iss: this.issuer, tid: this.tenantId, iat: now, nbf: now - 5, exp: now + lifeSeconds, ver: '1.0' };
    const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ sub: claims.oid, ...claims, ...own })}`;
    return `${text}.${sign('sha256', Buffer.from(text), this.#privateKey).toString('base64url')}`;
  }

  /**
   * The claims of a token of this tenant whose signature, times and audience are right (an audience counts with and without
   * its trailing slash), or `undefined`.
   */
  verify(token: string | undefined, audiences: readonly string[]): (TokenClaims & { exp: number }) | undefined {
    if (token === undefined) return undefined;
    const claims = this.#verified.get(token) ?? this.#checkSignature(token);
    if (!claims) return undefined;
    const now = this.#nowSeconds();
    if (claims.exp <= now || claims.nbf > now + CLOCK_SKEW_SECONDS) return undefined;
    return audiences.some((audience) => withoutSlash(audience) === withoutSlash(claims.aud)) ? claims : undefined;
  }

  #checkSignature(token: string): SignedClaims | undefined {
    const [header, payload, signature, ...rest] = token.split('.');
    if (!header || !payload || !signature || rest.length > 0) return undefined;
    if (!HEADER.safeParse(decode(header)).success) return undefined;
    const bytes = Buffer.from(signature, 'base64url');
    if (!verifySignature('sha256', Buffer.from(`${header}.${payload}`), this.#publicKey, bytes)) return undefined;
    const claims = CLAIMS.safeParse(decode(payload)).data;
    if (claims?.iss !== this.issuer) return undefined;
    this.#remember(token, claims);
    return claims;
  }

  #nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  #remember(token: string, claims: SignedClaims): void {
    if (this.#verified.size >= REMEMBERED_TOKENS) this.#verified.clear();
    this.#verified.set(token, claims);
  }
}

/** The issuer that a token names, whoever signed it; `undefined` for what is no token. For messages only. */
export function claimedIssuerOf(token: string | undefined): string | undefined {
  return z.object({ iss: z.string() }).safeParse(decode(token?.split('.')[1] ?? '')).data?.iss;
}

function withoutSlash(audience: string): string {
  return audience.replace(/\/$/, '');
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}

import type { IncomingMessage } from 'node:http';
import type { May } from '../access/role-assignments.ts';
import { DEFAULT_ROLE_MODE, type RoleMode } from '../access/role-mode.ts';
import { bearerOf } from '../http.ts';
import type { CloudName } from '../names.ts';
import { cloudObject, registryIdOf } from '../names.ts';
import type { TokenAuthority } from '../tokens.ts';
import { allowedAccess, type Caller, mayUse } from './roles.ts';
import type { Access } from './scopes.ts';
import { ACCESS_CLAIM, isGranted } from './scopes.ts';

/** The user name that says: the password is a refresh token. */
export const TOKEN_USER = '00000000-0000-0000-0000-000000000000';

const REGISTRY_AUDIENCE = 'https://containerregistry.azure.net';
const REFRESH_LIFE_SECONDS = 3 * 3600;
const ACCESS_LIFE_SECONDS = 3600;

export interface AuthOptions {
  loginServer: string;
  cloud: CloudName;
  tokens: TokenAuthority;
  may: May;
  /** Which roles count, asked whenever a token is made; left out, `LegacyRegistryPermissions`. */
  roleMode?: () => RoleMode;
  /** The admin user as it is now, asked at each sign-in. */
  admin: () => AdminUser;
  /** With this password of the admin's name the service's own workers come, whatever becomes of the admin user. */
  workerPassword?: string | undefined;
}

/** The admin user: its name, and the passwords that it may sign in with; none while it is disabled. */
export interface AdminUser {
  username: string;
  passwords: readonly string[];
}

/** What came of a request's credentials: nothing sent, refused, some access, or all of it. */
export type Grant = 'none' | 'refused' | 'everything' | readonly Access[];

/**
 * Who may do what in one registry. Its tokens are bound to the login server, so a token of one registry is nothing to
 * another, and a refresh token is no access token.
 */
export class RegistryAuth {
  readonly #options: AuthOptions;
  readonly #entraAudiences: readonly string[];

  constructor(options: AuthOptions) {
    this.#options = options;
    this.#entraAudiences = [cloudObject(options.cloud).registryAudience, REGISTRY_AUDIENCE];
  }

  /**
   * The refresh token for an Entra token with the cloud's ARM audience or ACR's own, of an identity that may do
   * something with the registry's content; else `undefined`.
   */
  exchange(entraToken: string): string | undefined {
    const claims = this.#options.tokens.verify(entraToken, this.#entraAudiences);
    const { loginServer: aud, tokens, may } = this.#options;
    if (!claims || !mayUse(may, this.#caller(claims.oid))) return undefined;
    return tokens.mint({ aud, oid: claims.oid, grant_type: 'refresh_token' }, REFRESH_LIFE_SECONDS);
  }

  /** The identity (object id, or the admin's name) that a refresh token stands for, or `undefined`. */
  identityOfRefreshToken(token: string): string | undefined {
    const claims = this.#options.tokens.verify(token, [this.#options.loginServer]);
    return claims?.grant_type === 'refresh_token' ? claims.oid : undefined;
  }

  /** The identity that a user name and password stand for: the admin, or {@link TOKEN_USER} and a refresh token. */
  identityOfPassword(username: string, password: string): string | undefined {
    if (username === TOKEN_USER) return this.identityOfRefreshToken(password);
    return this.#isAdmin(username, password) ? username : undefined;
  }

  /** An access token for what was asked, as far as the identity's roles allow it now; the admin may do everything. */
  mintAccessToken(identity: string, asked: readonly Access[]): string {
    const { loginServer: aud, tokens, may, admin } = this.#options;
    const isAdmin = identity === admin().username;
    const access = isAdmin ? asked : asked.map((one) => allowedAccess(may, this.#caller(identity), one));
    return tokens.mint({ aud, oid: identity, grant_type: 'access_token', access }, ACCESS_LIFE_SECONDS);
  }

  /** What a request to the registry proper may do: by a bearer access token, or as admin by password. */
  grantOf(request: IncomingMessage): Grant {
    if (request.headers.authorization === undefined) return 'none';
    const basic = basicOf(request);
    if (basic) return this.#isAdmin(basic.username, basic.password) ? 'everything' : 'refused';
    const claims = this.#options.tokens.verify(bearerOf(request), [this.#options.loginServer]);
    return ACCESS_CLAIM.safeParse(claims?.access).data ?? 'refused';
  }

  #caller(identity: string): Caller {
    const { loginServer, roleMode } = this.#options;
    return { identity, registryId: registryIdOf(loginServer), mode: roleMode?.() ?? DEFAULT_ROLE_MODE };
  }

  #isAdmin(username: string, password: string): boolean {
    const { admin, workerPassword } = this.#options;
    const { username: name, passwords } = admin();
    return username === name && (passwords.includes(password) || password === workerPassword);
  }
}

/** Whether a grant covers all access that a request needs. */
export function covers(grant: Grant, needed: readonly Access[]): boolean {
  if (grant === 'everything') return true;
  if (grant === 'none' || grant === 'refused') return false;
  return needed.every((access) => isGranted(grant, access));
}

/** User name and password of an `Authorization: Basic` header, or `undefined`. */
export function basicOf(request: IncomingMessage): { username: string; password: string } | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const match = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString());
  return match ? { username: match[1] ?? '', password: match[2] ?? '' } : undefined;
}

import type { IncomingMessage } from 'node:http';

/** 501: Entra ID can do it, and this authority cannot. */
export class NotBuiltError extends Error {
  override readonly name = 'NotBuiltError';

  constructor(what: string) {
    super(`${what} is not built in the local authority.`);
  }
}

/** Endpoints of Entra ID that sign in users, end their sessions, or are of its first version. */
const ENDPOINTS = new Set([
  '.well-known/openid-configuration',
  'discovery/keys',
  'oauth2/authorize',
  'oauth2/devicecode',
  'oauth2/logout',
  'oauth2/token',
  'oauth2/v2.0/authorize',
  'oauth2/v2.0/devicecode',
  'oauth2/v2.0/logout',
  'federationmetadata/2007-06/federationmetadata.xml',
  'saml2',
]);

/** Names that stand for many tenants. */
const MANY_TENANTS = ['common', 'organizations', 'consumers'];

/** Grants of the token endpoint beside client credentials. */
const GRANTS = [
  'authorization_code',
  'password',
  'refresh_token',
  'device_code',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:saml2-bearer',
];

/** Throws {@link NotBuiltError} for an endpoint that Entra ID has and this authority has not. */
export function requireBuiltEndpoint({ method }: IncomingMessage, tenant: string, path: string): void {
  const call = `${method} /${tenant}/${path}`;
  if (ENDPOINTS.has(path.toLowerCase())) throw new NotBuiltError(call);
  if (MANY_TENANTS.includes(tenant)) throw new NotBuiltError(`${call}, for any tenant: the local authority has one`);
}

/** Throws {@link NotBuiltError} for a way to get a token that Entra ID has and this authority has not. */
export function requireBuiltGrant(form: URLSearchParams): void {
  const grant = form.get('grant_type') ?? '';
  if (GRANTS.includes(grant)) throw new NotBuiltError(`grant_type ${grant}`);
  if (form.has('client_secret')) throw new NotBuiltError('client_secret');
}

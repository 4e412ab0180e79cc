import { readBody, sendJson } from '../http.ts';
import { basicOf } from './auth.ts';
import type { Call } from './call.ts';
import { RegistryError } from './errors.ts';
import type { Access } from './scopes.ts';
import { parseScope } from './scopes.ts';

const EXCHANGE_GRANTS = ['access_token', 'access_token_refresh_token'];

/** `POST /oauth2/exchange`: an Entra token becomes a refresh token of this registry. */
export async function exchangeToken(call: Call): Promise<void> {
  const form = await readForm(call);
  requireGrant(form, EXCHANGE_GRANTS);
  requireService(call, form);
  const refreshToken = call.registry.auth.exchange(form.get('access_token') ?? '');
  if (refreshToken === undefined) throw unauthorized('the access_token is not valid for this registry');
  sendJson(call.response, 200, { refresh_token: refreshToken });
}

/** `POST /oauth2/token`: a refresh token, or user name and password, become an access token for the scopes asked. */
export async function postToken(call: Call): Promise<void> {
  const form = await readForm(call);
  const grant = requireGrant(form, ['refresh_token', 'password']);
  requireService(call, form);
  const { auth } = call.registry;
  const identity =
    grant === 'refresh_token'
      ? auth.identityOfRefreshToken(form.get('refresh_token') ?? '')
      : auth.identityOfPassword(form.get('username') ?? '', form.get('password') ?? '');
  sendAccessToken(call, identity, form);
}

/** `GET /oauth2/token`: the same with Basic credentials, as docker and skopeo ask. */
export async function getToken(call: Call): Promise<void> {
  requireService(call, call.query);
  const basic = basicOf(call.request);
  const identity = basic && call.registry.auth.identityOfPassword(basic.username, basic.password);
  sendAccessToken(call, identity, call.query);
}

function sendAccessToken(call: Call, identity: string | undefined, parameters: URLSearchParams): void {
  if (identity === undefined) throw unauthorized('the credentials are not valid for this registry');
  const accessToken = call.registry.auth.mintAccessToken(identity, scopesOf(parameters));
  sendJson(call.response, 200, { access_token: accessToken });
}

async function readForm(call: Call): Promise<URLSearchParams> {
  return new URLSearchParams((await readBody(call.request)).toString());
}

function scopesOf(parameters: URLSearchParams): Access[] {
  return parameters
    .getAll('scope')
    .flatMap((scopes) => scopes.split(' '))
    .filter((scope) => scope !== '')
    .map(parseScope);
}

function requireGrant(form: URLSearchParams, allowed: readonly string[]): string {
  const grant = form.get('grant_type') ?? '';
  if (allowed.includes(grant)) return grant;
  throw new RegistryError('UNSUPPORTED', `grant_type ${JSON.stringify(grant)}: allowed are ${allowed.join(', ')}`, {
    status: 400,
  });
}

function requireService(call: Call, parameters: URLSearchParams): void {
  const service = parameters.get('service') ?? '';
  const allowed = [...new Set([call.host, call.registry.loginServer])];
  if (allowed.includes(service)) return;
  throw new RegistryError('UNSUPPORTED', `service ${JSON.stringify(service)}: allowed are ${allowed.join(', ')}`, {
    status: 400,
  });
}

function unauthorized(message: string): RegistryError {
  return new RegistryError('UNAUTHORIZED', message);
}

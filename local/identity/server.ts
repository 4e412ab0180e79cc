import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Around, RunningServer } from '../http.ts';
import { sendJson, serve } from '../http.ts';
import type { TokenAuthority } from '../tokens.ts';

/** An identity that the endpoint hands out tokens for. */
export interface ManagedIdentity {
  objectId: string;
  clientId: string;
}

export interface IdentityOptions {
  /** 0 takes any free port. */
  port: number;
  tokens: TokenAuthority;
  /** By the secret that an app sends as `x-identity-header`: it tells which app asks. */
  identities: Record<string, ManagedIdentity>;
  around?: Around;
  log?: (line: string) => void;
}

const PATH = '/msi/token';
const API_VERSION = '2019-08-01';
const TOKEN_LIFE_SECONDS = 3600;

/**
 * The managed identity endpoint as App Service has it (`IDENTITY_ENDPOINT` is the `endpoint` given back,
 * `IDENTITY_HEADER` a key of `identities`); plain http, as there. Refusals are 400 or 401, never 404, which the client would retry for 16
 * seconds. Rejects with `PortTakenError`.
 */
export async function startIdentity(options: IdentityOptions): Promise<RunningServer & { endpoint: string }> {
  const server = await serve((request, response, url) => answer(request, response, url, options), options);
  return { ...server, endpoint: `http://127.0.0.1:${server.port}${PATH}` };
}

function answer(request: IncomingMessage, response: ServerResponse, url: URL, options: IdentityOptions): void {
  const identity = identityOf(request, options);
  const fault = identity ? faultOf(request, url, identity) : undefined;
  if (!identity) refuse(response, 401, 'The x-identity-header is missing or is not the one of an app here.');
  else if (fault) refuse(response, 400, fault);
  else sendToken(response, url.searchParams.get('resource') ?? '', identity, options);
}

function identityOf(request: IncomingMessage, options: IdentityOptions): ManagedIdentity | undefined {
  const header = request.headers['x-identity-header'];
  if (typeof header !== 'string' || !Object.hasOwn(options.identities, header)) return undefined;
  return options.identities[header];
}

function sendToken(
  response: ServerResponse,
  resource: string,
  identity: ManagedIdentity,
  options: IdentityOptions,
): void {
  const claims = { aud: resource.replace(/\/+$/, ''), oid: identity.objectId, appid: identity.clientId, idtyp: 'app' };
  options.log?.(`identity: token for ${resource}`);
  sendJson(response, 200, {
    access_token: options.tokens.mint(claims, TOKEN_LIFE_SECONDS),
    expires_on: String(Math.floor(options.tokens.nowMs() / 1000) + TOKEN_LIFE_SECONDS),
    resource,
    token_type: 'Bearer',
    client_id: identity.clientId,
  });
}

function faultOf(request: IncomingMessage, url: URL, identity: ManagedIdentity): string | undefined {
  const query = url.searchParams;
  if (request.method !== 'GET' || url.pathname !== PATH) return `Only GET ${PATH} is served here.`;
  if (query.get('api-version') !== API_VERSION) return `The api-version must be ${API_VERSION}.`;
  if (!query.get('resource')) return 'The query parameter resource is missing.';
  const wanted = query.get('client_id') ?? identity.clientId;
  if (wanted !== identity.clientId) return `The app has no identity with client id ${wanted}.`;
  const object = query.get('object_id') ?? query.get('principal_id') ?? identity.objectId;
  if (object !== identity.objectId) return `The app has no identity with object id ${object}.`;
  if (query.has('mi_res_id')) return 'Identities are not known by resource id here.';
  return undefined;
}

function refuse(response: ServerResponse, statusCode: 400 | 401, message: string): void {
  sendJson(response, statusCode, { statusCode, message });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Around, RunningServer } from '../http.ts';
import { sendJson, serve } from '../http.ts';
import type { TokenAuthority } from '../tokens.ts';
import { type AppIdentities, type ManagedIdentity, selectIdentity } from './app-identities.ts';

export interface IdentityOptions {
  /** 0 takes any free port. */
  port: number;
  tokens: TokenAuthority;
  /**
   * By the secret that an app sends as `x-identity-header`: it tells which app asks. A single identity is the app's
   * system-assigned one.
   */
  identities: Record<string, ManagedIdentity | AppIdentities>;
  /** Default: 3600. */
  tokenLifeSeconds?: number;
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
  const app = appOf(request, options);
  if (!app) {
    refuse(response, 401, 'The x-identity-header is missing or is not the one of an app here.');
    return;
  }
  const identity = faultOf(request, url) ?? selectIdentity(app, url.searchParams);
  if (typeof identity === 'string') refuse(response, 400, identity);
  else sendToken(response, url.searchParams.get('resource') ?? '', identity, options);
}

function appOf(request: IncomingMessage, options: IdentityOptions): AppIdentities | undefined {
  const header = request.headers['x-identity-header'];
  if (typeof header !== 'string' || !Object.hasOwn(options.identities, header)) return undefined;
  const found = options.identities[header];
  return found && ('userAssigned' in found ? found : { systemAssigned: found, userAssigned: [] });
}

function sendToken(
  response: ServerResponse,
  resource: string,
  identity: ManagedIdentity,
  options: IdentityOptions,
): void {
  const claims = { aud: resource.replace(/\/+$/, ''), oid: identity.objectId, appid: identity.clientId, idtyp: 'app' };
  const { tokenLifeSeconds = TOKEN_LIFE_SECONDS } = options;
  options.log?.(`identity: token for ${resource}`);
  sendJson(response, 200, {
    access_token: options.tokens.mint(claims, tokenLifeSeconds),
    expires_on: String(Math.floor(options.tokens.nowMs() / 1000) + tokenLifeSeconds),
    resource,
    token_type: 'Bearer',
    client_id: identity.clientId,
  });
}

function faultOf(request: IncomingMessage, url: URL): string | undefined {
  const query = url.searchParams;
  if (request.method !== 'GET' || url.pathname !== PATH) return `Only GET ${PATH} is served here.`;
  if (query.get('api-version') !== API_VERSION) return `The api-version must be ${API_VERSION}.`;
  if (!query.get('resource')) return 'The query parameter resource is missing.';
  return undefined;
}

function refuse(response: ServerResponse, statusCode: 400 | 401, message: string): void {
  sendJson(response, statusCode, { statusCode, message });
}

import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RunningServer, readBody, type ServeOptions, sendJson, serve } from '../http.ts';
import type { CloudName } from '../names.ts';
import type { TokenAuthority } from '../tokens.ts';
import type { Application } from './application.ts';
import { judgeAssertion } from './assertion.ts';
import { formatLoginError, invalidClient, invalidRequest, LoginError } from './login-error.ts';
import { NotBuiltError, requireBuiltEndpoint, requireBuiltGrant } from './not-built.ts';

export interface LoginOptions extends ServeOptions {
  /** Of the tenant that signs in here. */
  tokens: TokenAuthority;
  /** The clouds whose resources the tenant has. */
  clouds: readonly CloudName[];
  applications: readonly Application[];
}

const TOKEN_LIFE_SECONDS = 3600;
const FORM_LIMIT_BYTES = 64 * 1024;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const NOT_FOUND = { error: 'not_found', error_description: 'The local authority has no such endpoint.' };
/** Resources that every tenant knows. */
const COMMON_RESOURCES = ['https://storage.azure.com', 'https://containerregistry.azure.net'];

/**
 * The authority of one tenant, `https://login.{cloud}.test/{tenant}`: OpenID configuration, keys, and the token endpoint
 * for applications (client credentials by assertion). Rejects with `PortTakenError`.
 */
export async function startLogin(options: LoginOptions): Promise<RunningServer> {
  return serve(async (request, response, url) => answer(request, response, url, options), options);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  options: LoginOptions,
): Promise<void> {
  const correlationId = headerOf(request, 'client-request-id') ?? randomUUID();
  try {
    const body = await route(request, url, options);
    sendJson(response, body === undefined ? 404 : 200, body ?? NOT_FOUND);
  } catch (error) {
    if (error instanceof NotBuiltError) {
      sendJson(response, 501, { error: 'not_emulated', error_description: error.message });
      return;
    }
    if (!(error instanceof LoginError)) throw error;
    options.log?.(`login refused ${url.pathname}: AADSTS${error.code}`);
    sendJson(response, error.status, formatLoginError(error, { now: new Date(), correlationId, origin: url.origin }));
  }
}

async function route(request: IncomingMessage, url: URL, options: LoginOptions): Promise<object | undefined> {
  const asked = `${request.method} ${url.pathname}`;
  const { tenantId } = options.tokens;
  if (asked === 'GET /common/discovery/instance') return describeInstance(url, tenantId);
  const match = /^(GET|POST) \/([^/]+)\/(.+)$/.exec(asked);
  const [, method, tenant = '', path] = match ?? [];
  if (!match) return undefined;
  requireBuiltEndpoint(request, tenant, path ?? '');
  if (tenant !== tenantId) throw tenantNotFound(tenant);
  const root = `${url.origin}/${tenant}`;
  const endpoint = `${method} ${path}`;
  if (endpoint === 'GET v2.0/.well-known/openid-configuration') return describeTenant(root);
  if (endpoint === 'GET discovery/v2.0/keys') return describeKeys(options.tokens);
  if (endpoint !== 'POST oauth2/v2.0/token') return undefined;
  const form = new URLSearchParams((await readBody(request, FORM_LIMIT_BYTES)).toString());
  return grantToken(form, root, options);
}

function grantToken(form: URLSearchParams, root: string, options: LoginOptions): object {
  requireBuiltGrant(form);
  const application = findApplication(form, options);
  if (required(form, 'grant_type') !== 'client_credentials') {
    const message = `The app requested an unsupported grant type '${form.get('grant_type')}'.`;
    throw new LoginError(400, 'unsupported_grant_type', 70003, message);
  }
  const assertion = form.get('client_assertion');
  if (assertion === null || form.get('client_assertion_type') !== ASSERTION_TYPE) {
    const message = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    throw invalidClient(7000218, message);
  }
  const audiences = [`${root}/oauth2/v2.0/token`, `${root}/v2.0`];
  const refusal = judgeAssertion(assertion, { application, audiences, nowMs: options.tokens.nowMs() });
  if (refusal) throw refusal;
  const aud = findResource(required(form, 'scope'), options);
  const { objectId: oid, clientId: appid } = application;
  options.log?.(`login: token for ${aud} to application ${appid}`);
  return {
    token_type: 'Bearer',
    expires_in: TOKEN_LIFE_SECONDS - 1,
    ext_expires_in: TOKEN_LIFE_SECONDS - 1,
    access_token: options.tokens.mint({ aud, oid, appid, idtyp: 'app' }, TOKEN_LIFE_SECONDS),
  };
}

function findApplication(form: URLSearchParams, { applications, tokens }: LoginOptions): Application {
  const clientId = required(form, 'client_id');
  const found = applications.find((application) => application.clientId === clientId);
  if (found) return found;
  const message = `Application with identifier '${clientId}' was not found in the directory '${tokens.tenantId}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`;
  throw new LoginError(400, 'unauthorized_client', 700016, message);
}

/** The resource of the `/.default` scope: one that the tenant knows. */
function findResource(scope: string, { clouds, tokens }: LoginOptions): string {
  const resource = scope.split(' ').find((one) => one.endsWith('/.default'));
  if (resource === undefined) {
    const message = `The provided request must include a 'scope' input parameter that ends with /.default. The scope ${scope} is not valid.`;
    throw new LoginError(400, 'invalid_scope', 1002012, message);
  }
  const name = resource.replace(/\/+\.default$/, '');
  const isKnown =
    COMMON_RESOURCES.includes(name) ||
    clouds.some((cloud) => name === `https://management.${cloud}.test` || name === `https://vault.${cloud}.test`) ||
    clouds.some((cloud) => new RegExp(`^https://[a-z0-9]+\\.blob\\.${cloud}\\.test$`).test(name));
  if (isKnown) return name;
  const message = `The resource principal named ${name} was not found in the tenant named ${tokens.tenantId}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`;
  throw new LoginError(400, 'invalid_resource', 500011, message);
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value) return value;
  throw invalidRequest(900144, `The request body must contain the following parameter: '${name}'.`);
}

function tenantNotFound(tenant: string): LoginError {
  const message = `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`;
  return invalidRequest(90002, message);
}

function describeInstance({ host, origin }: URL, tenantId: string) {
  return {
    tenant_discovery_endpoint: `${origin}/${tenantId}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}

function describeTenant(root: string) {
  return {
    issuer: `${root}/v2.0`,
    authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
    token_endpoint: `${root}/oauth2/v2.0/token`,
    jwks_uri: `${root}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    response_types_supported: ['token'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

function describeKeys({ publicJwk, issuer }: TokenAuthority) {
  const kid = createHash('sha256').update(JSON.stringify(publicJwk)).digest('base64url');
  return { keys: [{ ...publicJwk, kid, use: 'sig', alg: 'RS256', issuer }] };
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyTooLargeError } from '../http.ts';
import { cloudOfHost } from '../names.ts';
import type { Grant } from './auth.ts';
import { covers } from './auth.ts';
import type { Call, Registry } from './call.ts';
import { RegistryError, sendError } from './errors.ts';
import { parseRepository } from './grammar.ts';
import type { Operation, Route } from './routes.ts';
import { ROUTES } from './routes.ts';
import type { Access } from './scopes.ts';
import { formatScope } from './scopes.ts';

export interface Incoming {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
}

/**
 * Answers one request: finds the route, checks the caller, runs the operation. Refusals become the specification's
 * error documents, unexpected errors a 500 of the same form and a line in `log`.
 */
export async function dispatch(registry: Registry, incoming: Incoming, log: (line: string) => void): Promise<void> {
  const { request, response } = incoming;
  const correlationId = randomUUID();
  response.setHeader('x-ms-correlation-request-id', correlationId);
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  try {
    await answer(registry, incoming);
  } catch (error) {
    if (response.headersSent || isGone(request)) {
      response.destroy();
    } else if (error instanceof RegistryError) {
      sendError(response, error);
    } else if (error instanceof BodyTooLargeError) {
      sendError(response, new RegistryError('SIZE_INVALID', error.message, { status: 413 }));
    } else {
      log(`${request.method} ${request.url} ${correlationId}: ${error instanceof Error ? error.stack : String(error)}`);
      sendError(response, new RegistryError('UNKNOWN', `unexpected: ${String(error)}`));
    }
  }
}

async function answer(registry: Registry, { request, response, url }: Incoming): Promise<void> {
  const host = request.headers.host ?? url.host;
  requireOwnHost(registry, host);
  const { route, repository, reference } = findRoute(decodePath(url.pathname));
  const call: Call = {
    registry,
    request,
    response,
    origin: `${url.protocol}//${host}`,
    host,
    query: url.searchParams,
    repository: repository === undefined ? '' : parseRepository(repository),
    reference: reference ?? '',
  };
  const operation = operationOf(route, request.method ?? '');
  if (operation.access) requireAccess(call, operation.access(call));
  await operation.run(call);
}

/** Names of the local clouds that are not this registry's are other registries; a loopback name is always this one. */
function requireOwnHost(registry: Registry, host: string): void {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (cloudOfHost(name) === undefined || name === registry.loginServer) return;
  throw new RegistryError('UNSUPPORTED', `no registry ${name} here: this is ${registry.loginServer}`, { status: 421 });
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new RegistryError('NAME_INVALID', `path ${path}: not valid percent-encoding`);
  }
}

function findRoute(path: string): { route: Route; repository?: string | undefined; reference?: string | undefined } {
  for (const route of ROUTES) {
    const match = route.pattern.exec(path);
    if (match) return { route, repository: match[1], reference: match[2] };
  }
  throw new RegistryError('UNSUPPORTED', `no such path: ${path}`, { status: 404 });
}

function operationOf(route: Route, method: string): Operation {
  const operation = route.operations[method];
  if (operation) return operation;
  const allow = Object.keys(route.operations).join(', ');
  throw new RegistryError('UNSUPPORTED', `method ${method}: allowed are ${allow}`, { headers: { allow } });
}

function requireAccess(call: Call, needed: readonly Access[]): void {
  const grant = call.registry.auth.grantOf(call.request);
  if (covers(grant, needed)) return;
  throw new RegistryError('UNAUTHORIZED', `authentication required: ${reasonOf(grant)}`, {
    detail: needed.flatMap(({ type, name, actions }) =>
      actions.map((action) => ({ Type: type, Name: name, Action: action })),
    ),
    headers: { 'www-authenticate': challengeOf(call, grant, needed) },
  });
}

/** Leads the client to where it already is: the token service has each name and port that the registry has. */
function challengeOf(call: Call, grant: Grant, needed: readonly Access[]): string {
  const parts = [`realm="${call.origin}/oauth2/token"`, `service="${call.host}"`];
  if (needed.length > 0) parts.push(`scope="${needed.map(formatScope).join(' ')}"`);
  if (grant === 'refused') parts.push('error="invalid_token"');
  else if (grant !== 'none') parts.push('error="insufficient_scope"');
  return `Bearer ${parts.join(',')}`;
}

function reasonOf(grant: Grant): string {
  if (grant === 'none') return 'no credentials were sent';
  if (grant === 'refused') return 'the credentials are not valid for this registry';
  return 'the token does not cover what was asked';
}

/** That the client broke off in its request; a stream that the registry itself gave up has no error. */
function isGone(request: IncomingMessage): boolean {
  return request.errored !== null;
}

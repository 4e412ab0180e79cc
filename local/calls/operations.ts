import type { IncomingMessage } from 'node:http';
import { actionOf } from '../key-vault/actions.ts';
import { registryOperation } from './registry-operations.ts';
import type { Emulator } from './service.ts';
import { blobOperation } from './storage-operations.ts';

const VERBS: Readonly<Record<string, string>> = { PUT: 'write', PATCH: 'write', DELETE: 'delete' };

/** What a call does, in the service's own words; `Unknown` where it has none for it. */
export function operationOf(service: Emulator, request: IncomingMessage, url: URL): string {
  const { method = 'GET' } = request;
  if (service === 'arm') return armOperation(method, url.pathname);
  if (service === 'vault') return actionOf(method, url.pathname);
  if (service === 'identity') return url.pathname === '/msi/token' ? 'GetToken' : 'Unknown';
  if (service === 'login') return url.pathname.endsWith('/oauth2/v2.0/token') ? 'GetToken' : 'GetMetadata';
  if (service === 'blob') return blobOperation(method, url, request.headers['x-ms-copy-source'] !== undefined);
  return registryOperation(method, url.pathname);
}

/**
 * An ARM call as the action that roles name: types without names, then the verb, such as
 * `Microsoft.ContainerRegistry/registries/pipelineRuns/write`.
 */
function armOperation(method: string, pathname: string): string {
  const [, provider, rest = ''] = /.*\/providers\/([^/]+)\/(.+?)\/*$/i.exec(pathname) ?? [];
  if (provider === undefined) return 'Unknown';
  const types = rest.split('/').filter((_part, index) => index % 2 === 0);
  return [provider, ...types, method === 'POST' ? 'action' : (VERBS[method] ?? 'read')].join('/');
}

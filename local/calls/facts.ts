import type { IncomingMessage } from 'node:http';
import { redact } from '../../src/domain/errors.ts';
import type { CallFacts } from './call.ts';
import { identityOf } from './identity.ts';
import { operationOf } from './operations.ts';
import type { Emulator } from './service.ts';

/** What a call to an emulator asks for, and who asks; see `identityOf` for `identities`. */
export function readFacts(
  service: Emulator,
  request: IncomingMessage,
  url: URL,
  identities: ReadonlyMap<string, string>,
): CallFacts {
  return {
    service,
    host: url.host,
    method: request.method ?? 'GET',
    path: redact(url.pathname),
    query: redact(url.search),
    operation: operationOf(service, request, url),
    identity: identityOf(request, url, identities),
  };
}

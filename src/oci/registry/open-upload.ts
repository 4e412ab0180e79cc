import { discardBody, type TransportResponse } from './body.ts';
import { resolveWithinOrigin } from './origin.ts';
import { headerOf } from './response-error.ts';
import { pushScope } from './scopes.ts';
import type { Transport, TransportRequest } from './transport.ts';

/** Opens an upload and gives the place to send the blob to, which is within the endpoint's origin. */
export async function startUpload(transport: Transport, repository: string): Promise<URL> {
  const request: TransportRequest = {
    method: 'POST',
    url: transport.urlOf(`${repository}/blobs/uploads/`),
    action: `start an upload to ${repository}`,
    scopes: [pushScope(repository)],
    expected: [202],
  };
  return transport.send(request, (response) => uploadLocation(transport, request, response));
}

/** The place of an upload that an answer opened; throws `FOREIGN_ORIGIN` when it is elsewhere. Consumes the body. */
export async function uploadLocation(transport: Transport, request: TransportRequest, response: TransportResponse) {
  await discardBody(response);
  const location = headerOf(response.headers, 'location') ?? '';
  return resolveWithinOrigin(transport.endpoint, request.url, location, 'upload location');
}

/** Closes an upload that is not to be finished. Best effort, never throws: registries drop abandoned ones in the end. */
export async function cancelUpload(transport: Transport, repository: string, location: URL): Promise<void> {
  const request: TransportRequest = {
    method: 'DELETE',
    url: location,
    action: `cancel an upload to ${repository}`,
    scopes: [pushScope(repository)],
    expected: [200, 202, 204, 404],
  };
  await transport.send(request, discardBody).catch(() => undefined);
}

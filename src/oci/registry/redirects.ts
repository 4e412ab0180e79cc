import { TransferError } from '../../domain/errors.ts';
import type { TransportResponse } from './body.ts';
import { discardBody } from './body.ts';
import { headerOf } from './response-error.ts';
import type { Transport, TransportRequest } from './transport.ts';

/** The statuses that lead elsewhere. */
export const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
const MAX_REDIRECTS = 5;

/**
 * The answer at the end of up to five redirects: to other hosts without credentials, and never from https to http. Throws
 * `REDIRECT_REFUSED` (class `service`) beyond that. The request must expect {@link REDIRECTS}.
 */
export async function sendFollowing(transport: Transport, request: TransportRequest): Promise<TransportResponse> {
  let next = request;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const response = await transport.send(next, (answer) => answer);
    if (!REDIRECTS.includes(response.statusCode)) return response;
    const location = headerOf(response.headers, 'location') ?? '';
    await discardBody(response);
    next = redirected(transport, next, location);
  }
  throw refusedRedirect(request, `more than ${MAX_REDIRECTS} redirects`);
}

function redirected(transport: Transport, request: TransportRequest, location: string): TransportRequest {
  const url = URL.parse(location, request.url.href);
  if (url === null) throw refusedRedirect(request, 'a redirect to no URL');
  const isSafer = url.protocol === 'https:' || (url.protocol === 'http:' && request.url.protocol === 'http:');
  if (!isSafer) throw refusedRedirect(request, `a redirect from ${request.url.protocol} to ${url.protocol}`);
  // Once away there is no way back in with credentials: the other host chose the URL.
  const isAnonymous = request.isAnonymous === true || url.origin !== transport.endpoint.origin;
  return { ...request, url, isAnonymous };
}

function refusedRedirect(request: TransportRequest, found: string): TransferError {
  return new TransferError(`Could not ${request.action}: ${request.url.host} answered with ${found}`, {
    class: 'service',
    code: 'REDIRECT_REFUSED',
  });
}

import { TransferError } from '../../domain/errors.ts';

/**
 * The absolute form of a URL that a registry handed out, or a thrown `FOREIGN_ORIGIN` (class `service`) when it leads
 * away from the endpoint's scheme, host or port: credentials go with the request. `what` names the URL's purpose.
 */
export function resolveWithinOrigin(endpoint: URL, base: URL, location: string, what: string): URL {
  const url = URL.parse(location, base.href);
  if (url !== null && url.origin === endpoint.origin && url.username === '' && url.password === '') return url;
  const found = url === null ? 'no URL' : url.origin;
  throw new TransferError(
    `The ${what} that ${endpoint.origin} gave is at ${found}; allowed is ${endpoint.origin} only`,
    {
      class: 'service',
      code: 'FOREIGN_ORIGIN',
    },
  );
}

import { RegistryClient, type RegistryClientOptions } from '../../../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../../../src/oci/token-source.ts';
import { CREDENTIALS, type MemoryRegistry } from '../../../support/memory-registry.ts';

/** A client that waits hardly at all between its tries. */
export function clientOf(registry: MemoryRegistry, options: Partial<RegistryClientOptions> = {}): RegistryClient {
  return new RegistryClient({
    endpoint: registry.endpoint,
    tokens: passwordTokenSource(CREDENTIALS.username, CREDENTIALS.password),
    retryDelaysMs: [1, 1, 1],
    ...options,
  });
}

/** Method and path of what a registry was asked, without token requests. */
export function seenBy(registry: MemoryRegistry): string[] {
  return registry.requests.filter(({ url }) => !url.startsWith('/token')).map(({ method, url }) => `${method} ${url}`);
}

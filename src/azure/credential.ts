import type { TokenCredential } from '@azure/core-auth';
import { ManagedIdentityCredential } from '@azure/identity';
import type { RouteSide } from '../domain/route.ts';
import { credentialOptions } from './client-policy.ts';

const credentials = new Map<string, TokenCredential>();

/**
 * The credential of one side of a route; one object for all sides that sign in alike in one tenant, since it caches
 * its tokens. Nothing is asked before the first token is.
 */
export function createCredential(side: Pick<RouteSide, 'credential' | 'tenantId' | 'cloud'>): TokenCredential {
  const key = JSON.stringify([side.tenantId, side.cloud.authorityHost, side.credential.type, side.credential.clientId]);
  return cached(key, () => managedIdentity(side.credential.clientId));
}

/** The credential for the app's own state: the managed identity, the one with `clientId` where there are several. */
export function createStateCredential(clientId: string | undefined): TokenCredential {
  return cached(JSON.stringify(['state', clientId]), () => managedIdentity(clientId));
}

function managedIdentity(clientId: string | undefined): TokenCredential {
  return new ManagedIdentityCredential({ ...credentialOptions, ...(clientId === undefined ? {} : { clientId }) });
}

function cached(key: string, create: () => TokenCredential): TokenCredential {
  const found = credentials.get(key);
  if (found) return found;
  const created = create();
  credentials.set(key, created);
  return created;
}

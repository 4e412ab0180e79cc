import { type CloudName, cloudObject, resourcesOf, SIGN_IN_SECRET, TARGET_APPLICATION, TENANTS } from '../names.ts';

/** How the one app signs in in the target's tenant. */
export const SIGN_INS = ['federated', 'certificate'] as const;
export type SignIn = (typeof SIGN_INS)[number];

const MANAGED_IDENTITY = { type: 'managedIdentity' };

/** How a side of a route signs in, in the tenant of its cloud. */
function credentialOf(cloud: CloudName, signIn: SignIn | undefined) {
  const { clientId } = TARGET_APPLICATION;
  if (cloud === 'source' || signIn === undefined) return MANAGED_IDENTITY;
  if (signIn === 'federated') return { type: 'federated', clientId };
  return { type: 'certificate', clientId, vault: resourcesOf('source').vaultUrl, secret: SIGN_IN_SECRET };
}

/** One side of a local route where each cloud has a tenant of its own; `signIn` is that of an app of the other cloud. */
export function tenantSide(cloud: CloudName, signIn?: SignIn) {
  const { registryId, containerUrl, pipelineName } = resourcesOf(cloud);
  return {
    cloud: cloudObject(cloud),
    tenantId: TENANTS[cloud],
    credential: credentialOf(cloud, signIn),
    registry: registryId,
    container: containerUrl,
    [cloud === 'source' ? 'exportPipeline' : 'importPipeline']: pipelineName,
  };
}

/**
 * What replaces the sides of the local route where one app works in two tenants: it copies through itself, since the
 * target's storage cannot read the source's.
 */
export function twoCloudsRoute(signIn: SignIn) {
  return { source: tenantSide('source'), target: tenantSide('target', signIn), copy: { mode: 'auto' } };
}

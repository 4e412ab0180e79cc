import type { TokenCredential } from '@azure/core-auth';
import { z } from 'zod';
import type { RoleAssignment } from '../../domain/checks/roles.ts';
import type { Side } from '../../domain/errors.ts';
import type { RouteSide } from '../../domain/route/route.ts';
import { createArmClient } from './arm-client.ts';
import { listArm } from './arm-list.ts';

const API_VERSION = '2022-04-01';
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const assignmentSchema = z.looseObject({
  properties: z.looseObject({ principalId: z.string(), roleDefinitionId: z.string(), scope: z.string() }),
});

/**
 * The roles that a principal was given at a resource, above and below it, without those that it has through a group.
 * Throws a RangeError for a principal that is no GUID, a `TransferError` for what ARM refuses.
 */
export async function listRoleAssignments(
  side: Pick<RouteSide, 'registry' | 'cloud'>,
  credential: TokenCredential,
  { scope, principalId, name }: { scope: string; principalId: string; name?: Side },
): Promise<RoleAssignment[]> {
  if (!GUID.test(principalId)) throw new RangeError(`principal ${principalId}; allowed: a GUID`);
  const client = createArmClient({ registryId: side.registry, cloud: side.cloud, credential, side: name });
  const query = new URLSearchParams({ 'api-version': API_VERSION, $filter: `principalId eq '${principalId}'` });
  const found: RoleAssignment[] = [];
  const path = `${client.endpoint}${encodeURI(scope)}/providers/Microsoft.Authorization/roleAssignments?${query}`;
  const call = { action: 'list the role assignments', path };
  for await (const { properties } of listArm(client, call, assignmentSchema)) found.push(toAssignment(properties));
  return found;
}

function toAssignment({ principalId, roleDefinitionId, scope }: RoleAssignment): RoleAssignment {
  return { principalId, roleDefinitionId, scope };
}

import type { TokenCredential } from '@azure/core-auth';
import { z } from 'zod';
import type { Permission } from '../../domain/checks/roles.ts';
import type { Side } from '../../domain/errors.ts';
import type { RouteSide } from '../../domain/route/route.ts';
import { createArmClient } from './arm-client.ts';
import { listArm } from './arm-list.ts';

const API_VERSION = '2022-04-01';

const actions = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const permissionSchema = z.looseObject({ actions, notActions: actions });

/**
 * What the caller itself may do at the registry, by all its roles: built-in ones, a tenant's own, those of its groups.
 * Throws a `TransferError` for what ARM refuses.
 */
export async function listOwnPermissions(
  side: Pick<RouteSide, 'registry' | 'cloud'>,
  credential: TokenCredential,
  name: Side,
): Promise<Permission[]> {
  const client = createArmClient({ registryId: side.registry, cloud: side.cloud, credential, side: name });
  const found: Permission[] = [];
  const path = `${client.endpoint}${encodeURI(side.registry)}/providers/Microsoft.Authorization/permissions`;
  const call = { action: 'list the permissions', path: `${path}?api-version=${API_VERSION}` };
  for await (const { actions, notActions } of listArm(client, call, permissionSchema))
    found.push({ actions, notActions });
  return found;
}

import type { TokenCredential } from '@azure/core-auth';
import { z } from 'zod';
import type { Permission } from '../domain/checks/roles.ts';
import type { Side } from '../domain/errors.ts';
import type { RouteSide } from '../domain/route.ts';
import { type ArmCall, createArmClient } from './arm-client.ts';

const API_VERSION = '2022-04-01';

const actions = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const pageSchema = z.looseObject({
  value: z.array(z.looseObject({ actions, notActions: actions })),
  nextLink: z
    .string()
    .nullish()
    .transform((value) => value ?? undefined),
});

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
  const first = `${client.endpoint}${encodeURI(side.registry)}/providers/Microsoft.Authorization/permissions`;
  let next: string | undefined = `${first}?api-version=${API_VERSION}`;
  while (next !== undefined) {
    const call: ArmCall = { action: 'list the permissions', method: 'get', path: next, accept: [200] };
    const page: z.infer<typeof pageSchema> = client.parse(call, pageSchema, (await client.send(call)).body);
    found.push(...page.value.map(({ actions, notActions }) => ({ actions, notActions })));
    next = page.nextLink && new URL(page.nextLink, client.endpoint).href;
  }
  return found;
}

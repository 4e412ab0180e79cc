import { listOwnPermissions } from '../../azure/arm/permissions.ts';
import { listRoleAssignments } from '../../azure/arm/role-assignments.ts';
import { parseSecretUri } from '../../azure/key-vault.ts';
import type { Check } from '../../domain/checks/check.ts';
import {
  assignmentsUnreadable,
  judgeRunRole,
  judgeSecretRole,
  permissionsUnreadable,
} from '../../domain/checks/identity-checks.ts';
import { parseRegistryId } from '../../domain/resource-id.ts';
import { look, type Place } from './look.ts';
import type { PipelineView } from './pipeline.ts';

/** Whether the app may start runs: asked, because trying it out would start one. */
export async function checkRunRole({ side, own }: Place): Promise<Check> {
  const found = await look(() => listOwnPermissions(own.settings, own.credential, side));
  const { registry } = own.settings;
  return found.ok
    ? judgeRunRole(side, found.value, registry)
    : permissionsUnreadable(side, registry, found.failure.code);
}

/** Whether a pipeline's identity may read the secret: the app cannot try that out, only read the roles. */
export async function checkSecretRole(place: Place, pipeline: PipelineView): Promise<Check[]> {
  const { side, own } = place;
  const location = parseSecretUri(pipeline.keyVaultUri, own.settings.cloud.vaultSuffix);
  const { principalIds } = pipeline;
  if (!location || principalIds.length === 0) return [];
  const vault = new URL(location.vaultUrl).hostname.split('.')[0] ?? '';
  const { subscription, vaultId } = scopesOf(own.settings.registry, vault);
  const wide = await look(() => listAll(place, subscription, principalIds));
  // Who may not look at the subscription may look at the vault; that lies beside the registry, as a rule.
  const found = wide.ok ? wide : await look(() => listAll(place, vaultId, principalIds));
  if (!found.ok) return [assignmentsUnreadable(side, vaultId, found.failure.code)];
  return [judgeSecretRole({ side, principalIds, assignments: found.value }, { vault, secret: location.name })];
}

async function listAll({ side, own }: Place, scope: string, principalIds: readonly string[]) {
  const lists = principalIds.map((principalId) =>
    listRoleAssignments(own.settings, own.credential, { scope, principalId, name: side }),
  );
  return (await Promise.all(lists)).flat();
}

function scopesOf(registryId: string, vault: string) {
  const { subscriptionId = '', resourceGroup = '' } = parseRegistryId(registryId) ?? {};
  const subscription = `/subscriptions/${subscriptionId}`;
  const vaultId = `${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.KeyVault/vaults/${vault}`;
  return { subscription, vaultId };
}

import { RECEIPTS_CONTAINER } from '../../src/domain/receipt/receipt.ts';
import type { RoleMode } from '../access/role-mode.ts';
import type { RoleName } from '../access/roles.ts';
import {
  type CloudName,
  containerIdOf,
  OPERATOR_IDENTITY,
  RECEIPT_KEY,
  resourcesOf,
  SIGN_IN_SECRET,
  STATE_ACCOUNTS,
  storageAccountId,
} from '../names.ts';

/** How a pipeline reaches its container: by its own identity, or by the SAS token in its vault's secret. */
export type StorageAccess = 'ManagedIdentity' | 'SasToken';

/** That a principal gets a role at a scope. */
export interface Grant {
  principalId: string;
  role: RoleName;
  scope: string;
}

/** Where the app keeps its records. */
export const STATE_CONTAINER = 'acr-transfer';

/** Who the app is in a cloud, and how pipelines reach their containers there. */
export interface AppPlace {
  cloud: CloudName;
  /** Object id that the app signs in with. */
  principalId: string;
  access: StorageAccess;
  /** Whether the app keeps its records in this cloud. */
  hasState: boolean;
}

/** How the right to start runs is given, and the role assignment mode of the registry; as the templates name them. */
export interface RegistryRoles {
  runner: 'custom' | 'builtIn';
  mode: RoleMode;
}

/** The app's roles on the registry of one cloud: to start runs, and to read what the registry holds. */
export function registryRoles(cloud: CloudName, { runner, mode }: RegistryRoles): RoleName[] {
  const toRun: RoleName[] =
    runner === 'custom' ? ['ACR Transfer Operator'] : ['Container Registry Transfer Pipeline Contributor', 'Reader'];
  if (mode === 'LegacyRegistryPermissions') return runner === 'custom' ? [...toRun, 'AcrPull'] : toRun;
  // Names of repositories are asked for at the source only, for requests by patterns.
  const toList: RoleName[] = cloud === 'source' ? ['Container Registry Repository Catalog Lister'] : [];
  return [...toRun, 'Container Registry Repository Reader', ...toList];
}

const LOCAL_ROLES: RegistryRoles = { runner: 'builtIn', mode: 'LegacyRegistryPermissions' };

/**
 * What the app needs in one cloud, and no more; `README.md` beside this file says why. The Bicep templates give the same
 * (test/integration/infra).
 */
export function appGrants({ cloud, principalId, access, hasState }: AppPlace, roles = LOCAL_ROLES): Grant[] {
  const { registryId, containerId, account, vaultId } = resourcesOf(cloud);
  const all: [RoleName, string][] = [
    ...registryRoles(cloud, roles).map((role): [RoleName, string] => [role, registryId]),
    ['Storage Blob Data Contributor', containerId],
    ['Storage Blob Data Contributor', containerIdOf(account, RECEIPTS_CONTAINER)],
    ['Reader', storageAccountId(account)],
  ];
  if (access === 'SasToken') all.push(['Key Vault Secrets Officer', vaultId]);
  if (access === 'SasToken' || cloud === 'source') all.push(['Storage Blob Delegator', storageAccountId(account)]);
  if (hasState) {
    all.push(['Storage Blob Data Contributor', containerIdOf(STATE_ACCOUNTS[cloud], STATE_CONTAINER)]);
  }
  return all.map(([role, scope]) => ({ principalId, role, scope }));
}

/** What the platform team gives itself before it makes containers: an owner of a subscription may not see its blobs. */
export function operatorGrants(cloud: CloudName): Grant[] {
  return [resourcesOf(cloud).account, STATE_ACCOUNTS[cloud]].map((account) => ({
    principalId: OPERATOR_IDENTITY.objectId,
    role: 'Storage Blob Data Owner',
    scope: storageAccountId(account),
  }));
}

/** That the platform team keeps the app's certificate for another cloud in the source's vault, and the app reads it. */
export function signInGrants(appObjectId: string): Grant[] {
  const { vaultId } = resourcesOf('source');
  return [
    { principalId: OPERATOR_IDENTITY.objectId, role: 'Key Vault Secrets Officer', scope: vaultId },
    { principalId: appObjectId, role: 'Key Vault Secrets User', scope: `${vaultId}/secrets/${SIGN_IN_SECRET}` },
  ];
}

/** That the platform team makes the key of receipts, and the app signs with it. */
export function receiptKeyGrants(cloud: CloudName, appObjectId: string): Grant[] {
  const { vaultId } = resourcesOf(cloud);
  return [
    { principalId: OPERATOR_IDENTITY.objectId, role: 'Key Vault Crypto Officer', scope: vaultId },
    { principalId: appObjectId, role: 'Key Vault Crypto User', scope: `${vaultId}/keys/${RECEIPT_KEY}` },
  ];
}

/**
 * What a pipeline's identity needs: for its container (a resource id, the sample's unless given), or, where it goes by a
 * SAS token, for the vault that holds the token.
 */
export function pipelineGrants(
  cloud: CloudName,
  principalId: string,
  access: StorageAccess,
  containerId = resourcesOf(cloud).containerId,
): Grant[] {
  const { vaultId } = resourcesOf(cloud);
  if (access === 'SasToken') return [{ principalId, role: 'Key Vault Secrets User', scope: vaultId }];
  const role = cloud === 'source' ? 'Storage Blob Data Contributor' : 'Storage Blob Data Reader';
  return [{ principalId, role, scope: containerId }];
}

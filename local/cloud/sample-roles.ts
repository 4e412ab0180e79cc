import { RECEIPTS_CONTAINER } from '../../src/domain/receipt.ts';
import type { RoleName } from '../access/roles.ts';
import {
  APP_IDENTITY,
  type CloudName,
  containerIdOf,
  OPERATOR_IDENTITY,
  resourcesOf,
  storageAccountId,
} from '../names.ts';
import type { StorageAccess } from './provision.ts';

/** That a principal gets a role at a scope. */
export interface Grant {
  principalId: string;
  role: RoleName;
  scope: string;
}

/** Where the app keeps its records. */
export const STATE_CONTAINER = 'acr-transfer';
const STATE_ACCOUNT = 'statestore';

/**
 * What the app needs in one cloud where pipelines reach their containers so, and no more; `README.md` beside this file
 * says why.
 */
export function appGrants(cloud: CloudName, access: StorageAccess): Grant[] {
  const { registryId, containerId, account, vaultId } = resourcesOf(cloud);
  const all: [RoleName, string][] = [
    ['Container Registry Transfer Pipeline Contributor', registryId],
    ['Reader', registryId],
    ['Storage Blob Data Contributor', containerId],
    ['Storage Blob Data Contributor', containerIdOf(account, RECEIPTS_CONTAINER)],
    ['Reader', storageAccountId(account)],
  ];
  if (access === 'SasToken') all.push(['Key Vault Secrets Officer', vaultId]);
  if (access === 'SasToken' || cloud === 'source') all.push(['Storage Blob Delegator', storageAccountId(account)]);
  if (cloud === 'source') all.push(['Storage Blob Data Contributor', containerIdOf(STATE_ACCOUNT, STATE_CONTAINER)]);
  return all.map(([role, scope]) => ({ principalId: APP_IDENTITY.objectId, role, scope }));
}

/** What the platform team gives itself before it makes containers: an owner of a subscription may not see its blobs. */
export function operatorGrants(cloud: CloudName): Grant[] {
  const accounts =
    cloud === 'source' ? ([resourcesOf(cloud).account, STATE_ACCOUNT] as const) : [resourcesOf(cloud).account];
  return accounts.map((account) => ({
    principalId: OPERATOR_IDENTITY.objectId,
    role: 'Storage Blob Data Owner',
    scope: storageAccountId(account),
  }));
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

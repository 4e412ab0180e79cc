/** The parts of `/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.ContainerRegistry/registries/{r}`. */
export interface RegistryId {
  subscriptionId: string;
  resourceGroup: string;
  registryName: string;
}

const REGISTRY_ID =
  /^\/subscriptions\/([0-9a-fA-F-]{36})\/resourceGroups\/([^/]{1,90})\/providers\/Microsoft\.ContainerRegistry\/registries\/([a-zA-Z0-9]{5,50})$/i;

/** The parts of a registry's resource id, or `undefined` when the text is not one. ARM compares ids without case. */
export function parseRegistryId(text: string): RegistryId | undefined {
  const match = REGISTRY_ID.exec(text);
  if (!match) return undefined;
  const [, subscriptionId = '', resourceGroup = '', registryName = ''] = match;
  return { subscriptionId, resourceGroup, registryName };
}

/** Form of the names of pipelines and of runs that this app makes (ARM specification; the service's own may hold `_`). */
export const PIPELINE_NAME = /^[a-zA-Z0-9]{5,50}$/;

const STORAGE_ACCOUNT_ID =
  /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[^/]{1,90}\/providers\/Microsoft\.Storage\/storageAccounts\/[a-z0-9]{3,24}$/i;

export function isStorageAccountId(text: string): boolean {
  return STORAGE_ACCOUNT_ID.test(text);
}

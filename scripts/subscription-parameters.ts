import type { BlobTriggerNeeds } from '../src/domain/route/blob-triggers.ts';

const SCHEMA = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#';

/**
 * A parameter file for infra/main.subscriptions.bicep: the subscriptions of one storage account. `appId` and
 * `accountId` are resource ids.
 * @throws RangeError when no route has its target container in that account
 */
export function formatSubscriptionParameters(
  needs: readonly BlobTriggerNeeds[],
  { appId, accountId }: { appId: string; accountId: string },
): object {
  const storageAccountName = accountId.split('/').at(-1) ?? '';
  const blobTriggers = needs
    .filter(({ account }) => account === storageAccountName)
    .map(({ functionName, container }) => ({ functionName, container }));
  if (blobTriggers.length === 0) {
    const allowed = [...new Set(needs.map(({ account }) => account))].join(', ') || 'none, since there is no route';
    throw new RangeError(`no route has its target container in account ${storageAccountName}; allowed: ${allowed}`);
  }
  return {
    $schema: SCHEMA,
    contentVersion: '1.0.0.0',
    parameters: {
      storageAccountName: { value: storageAccountName },
      appId: { value: appId },
      blobTriggers: { value: blobTriggers },
    },
  };
}

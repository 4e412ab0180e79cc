import { BlobServiceClient } from '@azure/storage-blob';
import { pipelineGrants } from '../../local/cloud/sample-roles.ts';
import { APP_IDENTITY, containerIdOf, resourcesOf } from '../../local/names.ts';
import type { Side } from '../../src/domain/errors.ts';
import type { TestStack } from './stack.ts';

const API_VERSION = '2025-06-01-preview';

/** Puts a pipeline on one side's registry and gives its identity the roles it needs, as a platform team's template would. */
export async function putPipeline(
  { route, operator }: TestStack,
  side: Side,
  name: string,
  options: { uri?: string; keyVaultUri?: string; options?: readonly string[]; trigger?: 'Enabled' | 'Disabled' },
): Promise<void> {
  const { registry, container } = route[side];
  const storageAccessMode = options.keyVaultUri ? 'SasToken' : 'ManagedIdentity';
  const store = {
    type: 'AzureStorageBlobContainer',
    uri: options.uri ?? container,
    storageAccessMode,
    ...(options.keyVaultUri ? { keyVaultUri: options.keyVaultUri } : {}),
  } as const;
  const trigger = { sourceTrigger: { status: options.trigger ?? 'Enabled' } };
  const properties = {
    ...(side === 'source' ? { target: store } : { source: store, trigger }),
    options: options.options ?? [],
  };
  const type = side === 'source' ? 'exportPipelines' : 'importPipelines';
  const path = `${registry}/${type}/${name}?api-version=${API_VERSION}`;
  const answer = await operator.arm(side, 'PUT', path, { identity: { type: 'SystemAssigned' }, properties });
  const { identity } = answer.body as { identity: { principalId: string } };
  const containerId = containerIdOf(resourcesOf(side).account, new URL(store.uri).pathname.slice(1));
  for (const { principalId, role, scope } of pipelineGrants(
    side,
    identity.principalId,
    storageAccessMode,
    containerId,
  )) {
    await operator.assign(side, principalId, role, scope);
  }
}

/** Makes a container beside the sample one, in which the app may do what it may do in the sample one. */
export async function makeContainer({ operator }: TestStack, side: Side, name: string): Promise<void> {
  const { account } = resourcesOf(side);
  const getToken = async () => ({
    token: operator.token('https://storage.azure.com'),
    expiresOnTimestamp: Date.now() + 600_000,
  });
  const service = new BlobServiceClient(`https://${account}.blob.${side}.test`, { getToken });
  await service.getContainerClient(name).createIfNotExists();
  const scope = containerIdOf(account, name);
  await operator.assign(side, APP_IDENTITY.objectId, 'Storage Blob Data Contributor', scope);
}

/**
 * Gives the app its roles of reading, of blobs and of secrets on a whole resource group: what does not exist is then
 * missing, where otherwise it would be forbidden.
 */
export async function widenAppRoles({ operator }: TestStack, side: Side): Promise<void> {
  const { resourceGroupId } = resourcesOf(side);
  for (const role of ['Reader', 'Storage Blob Data Contributor', 'Key Vault Secrets Officer'] as const) {
    await operator.assign(side, APP_IDENTITY.objectId, role, resourceGroupId);
  }
}

import { BlobServiceClient } from '@azure/storage-blob';
import { fetch } from 'undici';
import { APP_IDENTITY, CLOUD_NAMES, type CloudName, cloudObject, resourcesOf } from '../names.ts';
import type { TokenAuthority } from '../tokens.ts';

/** How a pipeline reaches its container: by its own identity, or by the SAS token in its vault's secret. */
export type StorageAccess = 'ManagedIdentity' | 'SasToken';

export interface ProvisionOptions {
  tokens: TokenAuthority;
  storageAccess: StorageAccess;
}

const STATE_CONTAINERS = ['acr-transfer'];
const API_VERSION = '2025-06-01-preview';

/**
 * Makes what a platform team would deploy: containers and the two pipelines. What is there already stays as it is, so
 * that what a user changed survives a restart.
 */
export async function provision(options: ProvisionOptions): Promise<void> {
  await Promise.all([
    ensureContainers('statestore', 'source', STATE_CONTAINERS, options.tokens),
    ...CLOUD_NAMES.map(async (cloud) => {
      const { account, container } = resourcesOf(cloud);
      await ensureContainers(account, cloud, [container], options.tokens);
      await ensurePipeline(cloud, options);
    }),
  ]);
}

async function ensureContainers(account: string, cloud: CloudName, containers: string[], tokens: TokenAuthority) {
  const credential = {
    getToken: async () => ({
      token: tokens.mint({ aud: 'https://storage.azure.com', oid: APP_IDENTITY.objectId }),
      expiresOnTimestamp: Date.now() + 3_000_000,
    }),
  };
  const service = new BlobServiceClient(`https://${account}.blob.${cloud}.test`, credential);
  for (const container of containers) await service.getContainerClient(container).createIfNotExists();
}

async function ensurePipeline(cloud: CloudName, { tokens, storageAccess }: ProvisionOptions): Promise<void> {
  const { armEndpoint, armAudience } = cloudObject(cloud);
  const url = `${armEndpoint}${resourcesOf(cloud).pipelineId}?api-version=${API_VERSION}`;
  const authorization = `Bearer ${tokens.mint({ aud: armAudience, oid: APP_IDENTITY.objectId })}`;
  const found = await fetch(url, { headers: { authorization } });
  await found.arrayBuffer();
  if (found.status === 200) return;
  const put = await fetch(url, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(pipelineBody(cloud, storageAccess)),
  });
  if (!put.ok) throw new Error(`PUT ${url}: ${put.status} ${await put.text()}`);
  await put.arrayBuffer();
}

/** The body that a side's pipeline is put with; the Bicep templates make the same (test/integration/infra). */
export function pipelineBody(cloud: CloudName, storageAccessMode: StorageAccess) {
  const { containerUrl, vaultUrl, secretName } = resourcesOf(cloud);
  const store = {
    type: 'AzureStorageBlobContainer',
    uri: containerUrl,
    storageAccessMode,
    ...(storageAccessMode === 'SasToken' ? { keyVaultUri: `${vaultUrl}/secrets/${secretName}` } : {}),
  };
  const properties =
    cloud === 'source'
      ? { target: store, options: ['OverwriteBlobs', 'ContinueOnErrors'] }
      : {
          source: store,
          options: ['OverwriteTags', 'ContinueOnErrors'],
          trigger: { sourceTrigger: { status: 'Enabled' } },
        };
  return { location: 'local', identity: { type: 'SystemAssigned' }, properties };
}

import { fetch } from 'undici';
import { createCredential } from '../../src/azure/credential.ts';
import type { Side } from '../../src/domain/errors.ts';
import type { TestStack } from './stack.ts';

const API_VERSION = '2025-06-01-preview';

/** Puts a pipeline on one side's registry, as a platform team's template would. */
export async function putPipeline(
  { route }: TestStack,
  side: Side,
  name: string,
  options: { uri?: string; keyVaultUri?: string; options?: readonly string[]; trigger?: 'Enabled' | 'Disabled' },
): Promise<void> {
  const { cloud, registry, container } = route[side];
  const store = {
    type: 'AzureStorageBlobContainer',
    uri: options.uri ?? container,
    ...(options.keyVaultUri
      ? { storageAccessMode: 'SasToken', keyVaultUri: options.keyVaultUri }
      : { storageAccessMode: 'ManagedIdentity' }),
  };
  const trigger = { sourceTrigger: { status: options.trigger ?? 'Enabled' } };
  const properties = {
    ...(side === 'source' ? { target: store } : { source: store, trigger }),
    options: options.options ?? [],
  };
  const { token } = (await createCredential(route[side]).getToken(`${cloud.armAudience}/.default`)) ?? { token: '' };
  const type = side === 'source' ? 'exportPipelines' : 'importPipelines';
  const response = await fetch(`${cloud.armEndpoint}${registry}/${type}/${name}?api-version=${API_VERSION}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ identity: { type: 'SystemAssigned' }, properties }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`PUT ${name}: ${response.status} ${text}`);
}

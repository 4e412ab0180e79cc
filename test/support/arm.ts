import { pipelineGrants } from '../../local/cloud/sample-roles.ts';
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
  for (const { principalId, role, scope } of pipelineGrants(side, identity.principalId, storageAccessMode)) {
    await operator.assign(side, principalId, role, scope);
  }
}

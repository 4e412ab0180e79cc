const SUBSCRIPTION = '/subscriptions/11111111-2222-3333-4444-555555555555';

/** A registry's resource id. */
export function registryId(name: string): string {
  return `${SUBSCRIPTION}/resourceGroups/transfer/providers/Microsoft.ContainerRegistry/registries/${name}`;
}

const side = {
  tenantId: '99999999-2222-3333-4444-555555555555',
  credential: { type: 'managedIdentity' },
};

/** A route as a user would write it, with no more than must be there. */
export const SAMPLE_ROUTE = {
  name: 'public-to-china',
  source: {
    ...side,
    cloud: 'AzurePublic',
    registry: registryId('contoso'),
    exportPipeline: 'toChina',
    container: 'https://contososrc.blob.core.windows.net/transfer',
  },
  target: {
    ...side,
    cloud: 'AzureChina',
    registry: registryId('contosocn'),
    importPipeline: 'fromPublic',
    container: 'https://contosocn.blob.core.chinacloudapi.cn/transfer',
    sas: { kind: 'userDelegation', days: 5 },
  },
};

/** A copy of `value` in which what stands at a dotted path is replaced, or left out for `undefined`. */
export function changed(value: object, path: string, replacement: unknown): object {
  // By way of JSON, so that the parts which both sides share come apart.
  const copy = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Record<string, unknown>>((node, key) => {
    node[key] ??= {};
    return node[key] as Record<string, unknown>;
  }, copy);
  if (replacement === undefined) delete parent[last];
  else parent[last] = replacement;
  return copy;
}

/**
 * The two local clouds by name: everything that has a name in them, in one place. The names are reserved (`.test`), so
 * nothing that uses them can leave the machine.
 */
export const CLOUD_NAMES = ['source', 'target'] as const;
export type CloudName = (typeof CLOUD_NAMES)[number];

/** The one tenant that both local clouds trust. */
export const TENANT_ID = '11111111-1111-4111-8111-111111111111';

/** Kinds of host names; each is served by one loopback port, registries by one for each cloud. */
export const SERVICE_KINDS = ['arm', 'login', 'vault', 'blob', 'registrySource', 'registryTarget'] as const;
export type ServiceKind = (typeof SERVICE_KINDS)[number];

const HOST_PATTERNS: readonly (readonly [RegExp, ServiceKind])[] = [
  [/^management\.(source|target)\.test$/, 'arm'],
  [/^login\.(source|target)\.test$/, 'login'],
  [/^[a-z0-9-]+\.vault\.(source|target)\.test$/, 'vault'],
  [/^[a-z0-9]+\.blob\.(source|target)\.test$/, 'blob'],
  [/^[a-z0-9]+\.azurecr\.source\.test$/, 'registrySource'],
  [/^[a-z0-9]+\.azurecr\.target\.test$/, 'registryTarget'],
];

/** Which service answers for a host name (without port), or `undefined` when the name is not in the local clouds. */
export function serviceOfHost(host: string): ServiceKind | undefined {
  return HOST_PATTERNS.find(([pattern]) => pattern.test(host.toLowerCase()))?.[1];
}

/** The cloud a `Host` header (with or without port) names, or `undefined`. */
export function cloudOfHost(host: string | undefined): CloudName | undefined {
  const match = /\.(source|target)\.test(?::\d+)?$/i.exec(host ?? '');
  return match?.[1]?.toLowerCase() as CloudName | undefined;
}

/** The subject alternative names of the one certificate that all HTTPS emulators show. */
export const CERTIFICATE_NAMES: readonly string[] = [
  ...CLOUD_NAMES.flatMap((cloud) => [
    `management.${cloud}.test`,
    `login.${cloud}.test`,
    `*.vault.${cloud}.test`,
    `*.blob.${cloud}.test`,
    `*.azurecr.${cloud}.test`,
  ]),
  'localhost',
];

/** A cloud as a route's `cloud` object names it: endpoints, suffixes and audiences. */
export function cloudObject(cloud: CloudName) {
  return {
    name: `local-${cloud}`,
    authorityHost: `https://login.${cloud}.test`,
    armEndpoint: `https://management.${cloud}.test`,
    armAudience: `https://management.${cloud}.test`,
    vaultSuffix: `vault.${cloud}.test`,
    blobSuffix: `blob.${cloud}.test`,
    registrySuffix: `azurecr.${cloud}.test`,
    registryAudience: `https://management.${cloud}.test`,
  };
}

/** The storage accounts of the local clouds: one for each cloud's transfers, one for records and the host. */
export const STORAGE_ACCOUNTS = ['srcstore', 'tgtstore', 'statestore'] as const;
export type StorageAccountName = (typeof STORAGE_ACCOUNTS)[number];

export const STORAGE_CLOUD: Readonly<Record<StorageAccountName, CloudName>> = {
  srcstore: 'source',
  tgtstore: 'target',
  statestore: 'source',
};

/** The resources of one local cloud, as ARM, the routes and the samples name them. */
export interface CloudResources {
  subscriptionId: string;
  resourceGroup: string;
  registryName: string;
  registryId: string;
  loginServer: string;
  account: StorageAccountName;
  container: string;
  containerUrl: string;
  vaultUrl: string;
  secretName: string;
  pipelineName: string;
  pipelineId: string;
}

export function resourcesOf(cloud: CloudName): CloudResources {
  const source = cloud === 'source';
  const subscriptionId = source ? '00000000-0000-4000-8000-000000000001' : '00000000-0000-4000-8000-000000000002';
  const resourceGroup = 'transfer';
  const registryName = source ? 'srcregistry' : 'tgtregistry';
  const registryId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.ContainerRegistry/registries/${registryName}`;
  const account = source ? 'srcstore' : 'tgtstore';
  const container = 'transfer';
  const pipelineName = source ? 'toTarget' : 'fromSource';
  return {
    subscriptionId,
    resourceGroup,
    registryName,
    registryId,
    loginServer: `${registryName}.azurecr.${cloud}.test`,
    account,
    container,
    containerUrl: `https://${account}.blob.${cloud}.test/${container}`,
    vaultUrl: `https://${source ? 'srcvault' : 'tgtvault'}.vault.${cloud}.test`,
    secretName: 'transfer-sas',
    pipelineName,
    pipelineId: `${registryId}/${source ? 'exportPipelines' : 'importPipelines'}/${pipelineName}`,
  };
}

/** The managed identity of the app; its header value is made anew for each state folder (see `identity/`). */
export const APP_IDENTITY = {
  objectId: 'aaaaaaaa-0000-4000-8000-000000000001',
  clientId: 'aaaaaaaa-0000-4000-8000-0000000000c1',
} as const;

/** The admin user of both local registries, for docker and skopeo. The password is made anew for each state folder. */
export const REGISTRY_ADMIN_USER = 'admin';

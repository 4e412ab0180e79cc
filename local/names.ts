/**
 * The two local clouds by name: everything that has a name in them, in one place. The names are reserved (`.test`), so
 * nothing that uses them can leave the machine.
 */
export const CLOUD_NAMES = ['source', 'target'] as const;
export type CloudName = (typeof CLOUD_NAMES)[number];

/** The one tenant that both local clouds trust, unless they have tenants of their own. */
export const TENANT_ID = '11111111-1111-4111-8111-111111111111';

/** The tenants of clouds that trust one tenant each. */
export const TENANTS: Readonly<Record<CloudName, string>> = {
  source: TENANT_ID,
  target: '22222222-2222-4222-8222-222222222222',
};

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

/** The subject alternative names of the one certificate that all HTTPS emulators of these clouds show. */
export function certificateNames(clouds: readonly CloudName[]): string[] {
  const names = clouds.flatMap((cloud) => [
    `management.${cloud}.test`,
    `login.${cloud}.test`,
    `*.vault.${cloud}.test`,
    `*.blob.${cloud}.test`,
    `*.azurecr.${cloud}.test`,
  ]);
  return [...names, 'localhost'];
}

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

/** The storage accounts of the local clouds: in each one for transfers, one for records and the host of an app there. */
export const STORAGE_ACCOUNTS = ['srcstore', 'tgtstore', 'statestore', 'tgtstate'] as const;
export type StorageAccountName = (typeof STORAGE_ACCOUNTS)[number];

export const STORAGE_CLOUD: Readonly<Record<StorageAccountName, CloudName>> = {
  srcstore: 'source',
  tgtstore: 'target',
  statestore: 'source',
  tgtstate: 'target',
};

/** The account in which an app that runs in a cloud keeps its records. */
export const STATE_ACCOUNTS: Readonly<Record<CloudName, StorageAccountName>> = {
  source: 'statestore',
  target: 'tgtstate',
};

/** The origin of a storage account's blob service. */
export function blobServiceUrl(account: StorageAccountName): string {
  return `https://${account}.blob.${STORAGE_CLOUD[account]}.test`;
}

/** The resources of one local cloud, as ARM, the routes and the samples name them. */
export interface CloudResources {
  subscriptionId: string;
  resourceGroup: string;
  resourceGroupId: string;
  registryName: string;
  registryId: string;
  loginServer: string;
  account: StorageAccountName;
  container: string;
  containerUrl: string;
  /** Resource id of the container, as a scope of roles. */
  containerId: string;
  vaultUrl: string;
  vaultId: string;
  secretName: string;
  pipelineName: string;
  pipelineId: string;
}

const SUBSCRIPTIONS: Readonly<Record<CloudName, string>> = {
  source: '00000000-0000-4000-8000-000000000001',
  target: '00000000-0000-4000-8000-000000000002',
};
const RESOURCE_GROUP = 'transfer';

function resourceGroupIdOf(cloud: CloudName): string {
  return `/subscriptions/${SUBSCRIPTIONS[cloud]}/resourceGroups/${RESOURCE_GROUP}`;
}

/** The resource id of a storage account. */
export function storageAccountId(account: StorageAccountName): string {
  return `${resourceGroupIdOf(STORAGE_CLOUD[account])}/providers/Microsoft.Storage/storageAccounts/${account}`;
}

/** The resource id of a container, whether it exists or not. */
export function containerIdOf(account: StorageAccountName, container: string): string {
  return `${storageAccountId(account)}/blobServices/default/containers/${container}`;
}

/** The resource id of the vault of a host name such as `srcvault.vault.source.test`. */
export function vaultIdOf(host: string): string {
  const group = resourceGroupIdOf(cloudOfHost(host) ?? 'source');
  return `${group}/providers/Microsoft.KeyVault/vaults/${host.split('.')[0]}`;
}

/** The resource id of the registry of a login server such as `srcregistry.azurecr.source.test`. */
export function registryIdOf(loginServer: string): string {
  const group = resourceGroupIdOf(cloudOfHost(loginServer) ?? 'source');
  return `${group}/providers/Microsoft.ContainerRegistry/registries/${loginServer.split('.')[0]}`;
}

export function resourcesOf(cloud: CloudName): CloudResources {
  const source = cloud === 'source';
  const subscriptionId = SUBSCRIPTIONS[cloud];
  const resourceGroup = RESOURCE_GROUP;
  const registryName = source ? 'srcregistry' : 'tgtregistry';
  const loginServer = `${registryName}.azurecr.${cloud}.test`;
  const registryId = registryIdOf(loginServer);
  const vaultHost = `${source ? 'srcvault' : 'tgtvault'}.vault.${cloud}.test`;
  const account = source ? 'srcstore' : 'tgtstore';
  const container = 'transfer';
  const pipelineName = source ? 'toTarget' : 'fromSource';
  return {
    subscriptionId,
    resourceGroup,
    resourceGroupId: resourceGroupIdOf(cloud),
    registryName,
    registryId,
    loginServer,
    account,
    container,
    containerUrl: `https://${account}.blob.${cloud}.test/${container}`,
    containerId: containerIdOf(account, container),
    vaultUrl: `https://${vaultHost}`,
    vaultId: vaultIdOf(vaultHost),
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

/** The managed identity of an app of its own that runs in the target's cloud. */
export const TARGET_APP_IDENTITY = {
  objectId: 'bbbbbbbb-0000-4000-8000-000000000001',
  clientId: 'bbbbbbbb-0000-4000-8000-0000000000c1',
} as const;

/** The application of the target's tenant that the source's app signs in as: with its service principal there. */
export const TARGET_APPLICATION = {
  objectId: 'bbbbbbbb-0000-4000-8000-000000000003',
  clientId: 'bbbbbbbb-0000-4000-8000-0000000000c3',
} as const;

/** The secret of the source's vault that holds the certificate of {@link TARGET_APPLICATION}. */
export const SIGN_IN_SECRET = 'target-sign-in';

/** The key of a side's vault that signs the receipts of the app there. */
export const RECEIPT_KEY = 'receipts';

/** The platform team, who owns both subscriptions and deploys the sample resources. No app has this identity. */
export const OPERATOR_IDENTITY = {
  objectId: 'aaaaaaaa-0000-4000-8000-000000000002',
  clientId: 'aaaaaaaa-0000-4000-8000-0000000000c2',
} as const;

/** The admin user of both local registries, for docker and skopeo. The password is made anew for each state folder. */
export const REGISTRY_ADMIN_USER = 'admin';

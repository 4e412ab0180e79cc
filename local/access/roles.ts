/** What a role allows: patterns of actions (management) and of data actions (blobs, secrets), `*` standing for anything. */
export interface RoleDefinition {
  /** The GUID that Azure gives the built-in role, the same in every tenant. */
  id: string;
  name: RoleName;
  actions: readonly string[];
  notActions?: readonly string[];
  dataActions?: readonly string[];
}

const CONTAINERS = 'Microsoft.Storage/storageAccounts/blobServices/containers';
const DELEGATION_KEY = 'Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action';
const REGISTRY = 'Microsoft.ContainerRegistry/registries';

/**
 * The GUIDs of Azure's built-in roles that matter to a transfer
 * (https://learn.microsoft.com/azure/role-based-access-control/built-in-roles), and of the one that the templates define
 * (`infra/modules/registry-rights.bicep`), which has an id of its own in every deployment.
 */
export const ROLE_IDS = {
  Owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  Contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  Reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  'User Access Administrator': '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
  'Storage Account Contributor': '17d1049b-9a84-46fb-8f53-869881c3d3ab',
  'Storage Account Key Operator Service Role': '81a9662b-bebf-436f-a333-f67b29880f12',
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
  'Storage Blob Data Reader': '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
  'Storage Blob Delegator': 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a',
  'Key Vault Secrets Officer': 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6',
  'Key Vault Crypto Officer': '14b46e9e-c2b7-41b4-b07b-48a6ebf60603',
  'Key Vault Crypto User': '12338af0-0e69-4776-bea7-57ae8d297424',
  AcrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
  AcrPush: '8311e382-0749-4cb8-b61a-304f252e45ec',
  AcrDelete: 'c2f4ef07-c644-48eb-af81-4b1b4947fb11',
  'Container Registry Repository Reader': 'b93aa761-3e63-49ed-ac28-beffa264f7ac',
  'Container Registry Repository Writer': '2a1e307c-b015-4ebd-883e-5b7698a07328',
  'Container Registry Repository Contributor': '2efddaa5-3f1f-4df3-97df-af3f13818f4c',
  'Container Registry Repository Catalog Lister': 'bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7',
  'Container Registry Transfer Pipeline Contributor': 'bf94e731-3a51-4a7c-8c54-a1ab9971dfc1',
  'Container Registry Data Importer and Data Reader': '577a9874-89fd-4f24-9dbd-b5034d0ad23a',
  'ACR Transfer Operator': 'aaaaaaaa-0000-4000-8000-0000000000f1',
} as const;
export type RoleName = keyof typeof ROLE_IDS;

const PERMISSIONS: Readonly<Record<RoleName, Omit<RoleDefinition, 'id' | 'name'>>> = {
  Owner: { actions: ['*'] },
  Contributor: {
    actions: ['*'],
    notActions: [
      'Microsoft.Authorization/*/Delete',
      'Microsoft.Authorization/*/Write',
      'Microsoft.Authorization/elevateAccess/Action',
    ],
  },
  Reader: { actions: ['*/read'] },
  'User Access Administrator': { actions: ['*/read', 'Microsoft.Authorization/*'] },
  'Storage Account Contributor': {
    actions: ['Microsoft.Authorization/*/read', 'Microsoft.Storage/storageAccounts/*'],
  },
  'Storage Account Key Operator Service Role': {
    actions: [
      'Microsoft.Storage/storageAccounts/listkeys/action',
      'Microsoft.Storage/storageAccounts/regeneratekey/action',
    ],
  },
  'Storage Blob Data Owner': { actions: [`${CONTAINERS}/*`, DELEGATION_KEY], dataActions: [`${CONTAINERS}/blobs/*`] },
  'Storage Blob Data Contributor': {
    actions: [`${CONTAINERS}/delete`, `${CONTAINERS}/read`, `${CONTAINERS}/write`, DELEGATION_KEY],
    dataActions: ['delete', 'read', 'write', 'move/action', 'add/action'].map((end) => `${CONTAINERS}/blobs/${end}`),
  },
  'Storage Blob Data Reader': {
    actions: [`${CONTAINERS}/read`, DELEGATION_KEY],
    dataActions: [`${CONTAINERS}/blobs/read`],
  },
  'Storage Blob Delegator': { actions: [DELEGATION_KEY] },
  'Key Vault Secrets Officer': {
    actions: ['Microsoft.Authorization/*/read', 'Microsoft.KeyVault/vaults/*/read'],
    dataActions: ['Microsoft.KeyVault/vaults/secrets/*'],
  },
  'Key Vault Secrets User': {
    actions: [],
    dataActions: [
      'Microsoft.KeyVault/vaults/secrets/getSecret/action',
      'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
    ],
  },
  'Key Vault Crypto Officer': {
    actions: ['Microsoft.Authorization/*/read', 'Microsoft.KeyVault/vaults/*/read'],
    dataActions: ['Microsoft.KeyVault/vaults/keys/*'],
  },
  'Key Vault Crypto User': {
    actions: [],
    dataActions: ['read', 'update/action', 'sign/action', 'verify/action'].map(
      (end) => `Microsoft.KeyVault/vaults/keys/${end}`,
    ),
  },
  AcrPull: { actions: [`${REGISTRY}/pull/read`] },
  AcrPush: { actions: [`${REGISTRY}/pull/read`, `${REGISTRY}/push/write`] },
  AcrDelete: { actions: [`${REGISTRY}/artifacts/delete`] },
  'Container Registry Repository Reader': repositoryRole('read'),
  'Container Registry Repository Writer': repositoryRole('read', 'write'),
  'Container Registry Repository Contributor': repositoryRole('read', 'write', 'delete'),
  'Container Registry Repository Catalog Lister': { actions: [], dataActions: [`${REGISTRY}/catalog/read`] },
  'Container Registry Transfer Pipeline Contributor': {
    actions: ['exportPipelines', 'importPipelines', 'pipelineRuns']
      .flatMap((type) => ['read', 'write', 'delete'].map((verb) => `${REGISTRY}/${type}/${verb}`))
      .concat(`${REGISTRY}/pipelineRuns/operationStatuses/read`),
  },
  'Container Registry Data Importer and Data Reader': {
    actions: ['importImage/action', 'read', 'pull/read'].map((end) => `${REGISTRY}/${end}`),
  },
  'ACR Transfer Operator': {
    actions: [
      `${REGISTRY}/read`,
      `${REGISTRY}/exportPipelines/read`,
      `${REGISTRY}/importPipelines/read`,
      `${REGISTRY}/pipelineRuns/read`,
      `${REGISTRY}/pipelineRuns/write`,
      `${REGISTRY}/pipelineRuns/delete`,
      'Microsoft.Authorization/permissions/read',
    ],
  },
};

function repositoryRole(...verbs: string[]) {
  const kinds = ['content', 'metadata'];
  return {
    actions: [],
    dataActions: kinds.flatMap((kind) => verbs.map((verb) => `${REGISTRY}/repositories/${kind}/${verb}`)),
  };
}

/** The role of a GUID, or of a role definition's resource id, in any case; `undefined` for any other. */
export function findRole(roleDefinitionId: string): RoleDefinition | undefined {
  const id = roleDefinitionId.toLowerCase().split('/').at(-1);
  const name = ROLE_NAMES.find((one) => ROLE_IDS[one] === id);
  return name && { id: ROLE_IDS[name], name, ...PERMISSIONS[name] };
}

const ROLE_NAMES = Object.keys(ROLE_IDS) as RoleName[];

/** What somebody does: an action of management, or a data action; named as Azure names them. */
export type Action = { control: string } | { data: string };

/** Whether a role allows it; case does not count. */
export function allows(role: RoleDefinition, action: Action): boolean {
  if ('data' in action) return matchesAny(role.dataActions, action.data);
  return matchesAny(role.actions, action.control) && !matchesAny(role.notActions, action.control);
}

function matchesAny(patterns: readonly string[] = [], action: string): boolean {
  return patterns.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase()));
}

function matches(pattern: string, action: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.]/g, '\\.'));
  return new RegExp(`^${parts.join('.*')}$`).test(action);
}

/** A role given to a principal, as ARM names it. */
export interface RoleAssignment {
  principalId: string;
  /** Ends in the role's GUID. */
  roleDefinitionId: string;
  /** Resource id of what it is given on, with all below. */
  scope: string;
}

/** What one role of a caller allows: patterns of actions, `*` standing for anything, without what `notActions` take away. */
export interface Permission {
  actions: readonly string[];
  notActions: readonly string[];
}

/** Whether some role allows an action; case does not count. */
export function allowsAction(permissions: readonly Permission[], action: string): boolean {
  const isIn = (patterns: readonly string[]) => patterns.some((pattern) => matches(pattern, action));
  return permissions.some(({ actions, notActions }) => isIn(actions) && !isIn(notActions));
}

function matches(pattern: string, action: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.]/g, '\\.'));
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(action);
}

/** What a role is looked for. */
export type Purpose = 'storageRead' | 'storageWrite' | 'secretRead';

/*
 * GUIDs of Azure's built-in roles, one and the same in every cloud
 * (https://learn.microsoft.com/azure/role-based-access-control/built-in-roles).
 */
const BLOB_OWNER = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b';
const BLOB_CONTRIBUTOR = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe';
const BLOB_READER = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1';
const SECRETS_USER = '4633458b-17de-408a-b874-0445c86b69e6';
const SECRETS_OFFICER = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7';
const VAULT_ADMINISTRATOR = '00482a5a-887f-4fb3-b363-3b7fe8e74483';

const ROLES: Readonly<Record<Purpose, readonly string[]>> = {
  storageRead: [BLOB_READER, BLOB_CONTRIBUTOR, BLOB_OWNER],
  storageWrite: [BLOB_CONTRIBUTOR, BLOB_OWNER],
  secretRead: [SECRETS_USER, SECRETS_OFFICER, VAULT_ADMINISTRATOR],
};

/** Whether an assignment is of a built-in role for the purpose. */
export function isRoleFor({ roleDefinitionId }: RoleAssignment, purpose: Purpose): boolean {
  return ROLES[purpose].includes(roleDefinitionId.split('/').at(-1)?.toLowerCase() ?? '');
}

/** Whether a scope is the resource or above it; ARM compares ids without case. */
export function covers(scope: string, resourceId: string): boolean {
  const above = scope.toLowerCase().replace(/\/+$/, '');
  const below = resourceId.toLowerCase();
  return below === above || below.startsWith(`${above}/`);
}

/** Whether a scope is a vault or one secret of it, or above it, as far as names tell: the vault's group is not known. */
export function coversSecret(scope: string, vault: string, secret: string): boolean {
  const text = scope.toLowerCase().replace(/\/+$/, '');
  if (/^\/subscriptions\/[^/]+(\/resourcegroups\/[^/]+)?$/.test(text)) return true;
  const id = `/providers/microsoft.keyvault/vaults/${vault.toLowerCase()}`;
  return text.endsWith(id) || text.endsWith(`${id}/secrets/${secret.toLowerCase()}`);
}

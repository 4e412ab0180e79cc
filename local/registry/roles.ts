import type { May } from '../access/role-assignments.ts';
import type { RoleMode } from '../access/role-mode.ts';
import type { Action } from '../access/roles.ts';
import type { Access } from './scopes.ts';

const REGISTRY = 'Microsoft.ContainerRegistry/registries';

type Rights = Readonly<Record<string, Action>>;

/** The action of Azure's roles behind each action of a scope; `catalog` stands for the list of repositories. */
const RIGHTS: Readonly<Record<RoleMode, Rights>> = {
  // Lists are open to who may pull.
  LegacyRegistryPermissions: {
    pull: { control: `${REGISTRY}/pull/read` },
    metadata_read: { control: `${REGISTRY}/pull/read` },
    push: { control: `${REGISTRY}/push/write` },
    metadata_write: { control: `${REGISTRY}/push/write` },
    delete: { control: `${REGISTRY}/artifacts/delete` },
    catalog: { control: `${REGISTRY}/pull/read` },
  },
  AbacRepositoryPermissions: {
    pull: { data: `${REGISTRY}/repositories/content/read` },
    metadata_read: { data: `${REGISTRY}/repositories/metadata/read` },
    push: { data: `${REGISTRY}/repositories/content/write` },
    metadata_write: { data: `${REGISTRY}/repositories/metadata/write` },
    delete: { data: `${REGISTRY}/repositories/content/delete` },
    catalog: { data: `${REGISTRY}/catalog/read` },
  },
};

/** The action of Azure's roles behind an action of a scope, or behind `catalog`; `undefined` for one that there is not. */
export function actionBehind(mode: RoleMode, scopeAction: string): Action | undefined {
  return RIGHTS[mode][scopeAction];
}

/** Who asks, of which registry (a resource id), by which roles. */
export interface Caller {
  identity: string;
  registryId: string;
  mode: RoleMode;
}

/** Whether an identity may do anything at all with the content of the registry. */
export function mayUse(may: May, { identity, registryId, mode }: Caller): boolean {
  return Object.values(RIGHTS[mode]).some((action) => may(identity, registryId, action));
}

/** What an identity's roles leave of the access that it asked for; `*` on a repository becomes what it may do. */
export function allowedAccess(may: May, { identity, registryId, mode }: Caller, asked: Access): Access {
  const { catalog, ...rights } = RIGHTS[mode];
  const mayDo = (action: Action | undefined) => action !== undefined && may(identity, registryId, action);
  if (asked.type === 'registry') return { ...asked, actions: asked.actions.filter(() => mayDo(catalog)) };
  const wanted = asked.actions.includes('*') ? Object.keys(rights) : asked.actions;
  return { ...asked, actions: wanted.filter((action) => mayDo(rights[action])) };
}

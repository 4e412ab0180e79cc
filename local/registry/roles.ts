import type { May } from '../access/role-assignments.ts';
import type { Access } from './scopes.ts';

const REGISTRY = 'Microsoft.ContainerRegistry/registries';

/** The action of Azure's roles behind each action of a scope; lists of repositories are open to who may pull. */
const ACTIONS: Readonly<Record<string, string>> = {
  pull: `${REGISTRY}/pull/read`,
  metadata_read: `${REGISTRY}/pull/read`,
  push: `${REGISTRY}/push/write`,
  metadata_write: `${REGISTRY}/push/write`,
  delete: `${REGISTRY}/artifacts/delete`,
};

/** Whether an identity may do anything at all with the content of the registry of a resource id. */
export function mayUse(may: May, identity: string, registryId: string): boolean {
  return Object.values(ACTIONS).some((control) => may(identity, registryId, { control }));
}

/** What an identity's roles leave of the access that it asked for; `*` on a repository becomes what it may do. */
export function allowedAccess(may: May, identity: string, registryId: string, asked: Access): Access {
  const mayDo = (action: string) => may(identity, registryId, { control: ACTIONS[action] ?? `${REGISTRY}/unknown` });
  if (asked.type === 'registry') return { ...asked, actions: asked.actions.filter(() => mayDo('pull')) };
  const wanted = asked.actions.includes('*') ? Object.keys(ACTIONS) : asked.actions;
  return { ...asked, actions: wanted.filter(mayDo) };
}

import type { May } from '../access/role-assignments.ts';
import type { RoleMode } from '../access/role-mode.ts';
import { DEFAULT_ROLE_MODE } from '../access/role-mode.ts';
import type { Action } from '../access/roles.ts';
import { actionBehind } from '../registry/roles.ts';
import type { TokenClaims } from '../tokens.ts';
import { ArmError } from './arm-error.ts';
import type { ArmPath } from './arm-path.ts';

/** Throws ARM's 403 unless the caller's roles allow the action at the scope. */
export function authorize(may: May, caller: TokenClaims, action: string, scope: string): void {
  if (may(caller.oid, scope, { control: action })) return;
  throw new ArmError(
    403,
    'AuthorizationFailed',
    `The client '${caller.appid ?? caller.oid}' with object id '${caller.oid}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
  );
}

/** An import of an image: into the registry `scope`, from the registry `linked`, whose roles are of `mode`. */
export interface LinkedScopes {
  scope: string;
  linked: string;
  mode: RoleMode | undefined;
}

/** Throws ARM's 403 unless the caller's roles let it read the linked registry and pull from it. */
export function authorizeLinked(may: May, caller: TokenClaims, { scope, linked, mode }: LinkedScopes): void {
  const provider = 'Microsoft.ContainerRegistry/registries';
  const pull = actionBehind(mode ?? DEFAULT_ROLE_MODE, 'pull');
  const needed: Action[] = [{ control: `${provider}/read` }, ...(pull ? [pull] : [])];
  const missing = needed.find((action) => !may(caller.oid, linked, action));
  if (!missing) return;
  const name = 'control' in missing ? missing.control : missing.data;
  const action = name.slice(provider.length + 1);
  throw new ArmError(
    403,
    'LinkedAuthorizationFailed',
    `The client '${caller.appid ?? caller.oid}' with object id '${caller.oid}' has permission to perform action '${provider}/importImage/action' on scope '${scope}'; however, it does not have permission to perform action '${action}' on the linked scope(s) '${linked}' or the linked scope(s) are invalid.`,
  );
}

/** The action and scope of a call on registries, or on what is in one. */
export function registryActionOf(method: string | undefined, path: ArmPath): { action: string; scope: string } {
  const { subscriptionId, resourceGroup, registryName, type, name, operationId, action } = path;
  const group = `/subscriptions/${subscriptionId}${resourceGroup === undefined ? '' : `/resourceGroups/${resourceGroup}`}`;
  const provider = 'Microsoft.ContainerRegistry/registries';
  const registry = registryName === undefined ? group : `${group}/providers/${provider}/${registryName}`;
  const scope = type === undefined || name === undefined ? registry : `${registry}/${type}/${name}`;
  const resource = [provider, type, operationId && 'operationStatuses'].filter(Boolean).join('/');
  if (action === 'listusages') return { action: `${provider}/listUsages/read`, scope };
  if (action !== undefined) return { action: `${provider}/${action}/action`, scope };
  return { action: `${resource}/${verbOf(method)}`, scope };
}

/** What ARM calls a method in an action's name. */
export function verbOf(method: string | undefined): 'read' | 'write' | 'delete' {
  if (method === 'DELETE') return 'delete';
  return method === 'PUT' || method === 'PATCH' ? 'write' : 'read';
}

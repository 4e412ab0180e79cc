import type { May } from '../access/role-assignments.ts';
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

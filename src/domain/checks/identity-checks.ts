import type { Side } from '../errors.ts';
import { type Check, judge } from './check.ts';
import {
  allowsAction,
  covers,
  coversSecret,
  isRoleFor,
  type Permission,
  type Purpose,
  type RoleAssignment,
} from './roles.ts';

/** A pipeline's own identities: the object ids of their principals. */
export function judgeIdentity(side: Side, pipeline: string, principalIds: readonly string[]): Check {
  return judge({
    code: 'IDENTITY_MISSING',
    side,
    holds: principalIds.length > 0,
    found: principalIds.join(', ') || `no identity on ${pipeline}`,
    needed: 'an identity of the pipeline itself, system- or user-assigned',
    remedy: 'Deploy the pipeline again with an identity, then give that identity its rights.',
  });
}

export interface RoleFacts {
  side: Side;
  principalIds: readonly string[];
  assignments: readonly RoleAssignment[];
}

/** That a pipeline in mode ManagedIdentity has a role on its container; `write` where it writes or deletes. */
export function judgeStorageRole(
  facts: RoleFacts,
  containerId: string,
  purpose: 'storageRead' | 'storageWrite',
): Check {
  const role = purpose === 'storageWrite' ? 'Storage Blob Data Contributor' : 'Storage Blob Data Reader';
  return judge({
    code: 'IDENTITY_ROLE_MISSING',
    side: facts.side,
    holds: isGranted(facts, purpose, (scope) => covers(scope, containerId)),
    found: describe(facts),
    needed: `${role} on ${containerId}`,
    remedy: `Assign ${role} on the container to the pipeline's identity (not to the registry's).`,
  });
}

/** That a pipeline in mode SasToken has a role to read its secret. A warning: a vault's access policy is not seen here. */
export function judgeSecretRole(facts: RoleFacts, { vault, secret }: { vault: string; secret: string }): Check {
  return judge({
    code: 'IDENTITY_SECRET_RIGHT_MISSING',
    side: facts.side,
    holds: isGranted(facts, 'secretRead', (scope) => coversSecret(scope, vault, secret)),
    otherwise: 'warning',
    found: describe(facts),
    needed: `Key Vault Secrets User on vault ${vault}, or an access policy with get`,
    remedy: "Assign Key Vault Secrets User to the pipeline's identity, or see that the vault's access policy has it.",
  });
}

/** That the app itself may start runs and follow them, by whatever roles. */
export function judgeRunRole(side: Side, permissions: readonly Permission[], registryId: string): Check {
  const missing = RUN_ACTIONS.filter((action) => !allowsAction(permissions, action));
  return judge({
    code: 'APP_PIPELINE_RIGHT_MISSING',
    side,
    holds: missing.length === 0,
    found: missing.length === 0 ? RUN_ACTIONS.join(', ') : `not allowed: ${missing.join(', ')}`,
    needed: `${RUN_ACTIONS.join(' and ')} on ${registryId}`,
    remedy:
      "Assign the role that the templates define (ACR Transfer Operator), or Container Registry Transfer Pipeline Contributor, on the registry to the app's identity.",
  });
}
const RUN_ACTIONS = ['read', 'write'].map((verb) => `Microsoft.ContainerRegistry/registries/pipelineRuns/${verb}`);

/** The app's own permissions that could not be read: whether it may start runs stays unknown. */
export function permissionsUnreadable(side: Side, registryId: string, said: string): Check {
  return judge({
    code: 'ROLE_ASSIGNMENTS_UNREADABLE',
    side,
    holds: false,
    otherwise: 'warning',
    found: `the app's permissions on ${registryId} were not read: ${said}`,
    needed: 'permissions that can be read',
    remedy: "Give the app's identity Reader there, or Microsoft.Authorization/permissions/read.",
  });
}

/** Role assignments that could not be read: what they would say stays unknown. */
export function assignmentsUnreadable(side: Side, scope: string, said: string): Check {
  return judge({
    code: 'ROLE_ASSIGNMENTS_UNREADABLE',
    side,
    holds: false,
    otherwise: 'warning',
    found: `role assignments on ${scope} were not read: ${said}`,
    needed: 'role assignments that can be read',
    remedy: "Give the app's identity Reader there (Microsoft.Authorization/roleAssignments/read).",
  });
}

function isGranted({ assignments, principalIds }: RoleFacts, purpose: Purpose, isThere: (scope: string) => boolean) {
  const own = assignments.filter(({ principalId }) => principalIds.includes(principalId));
  return own.some((assignment) => isRoleFor(assignment, purpose) && isThere(assignment.scope));
}

function describe({ assignments, principalIds }: RoleFacts): string {
  const own = assignments.filter(({ principalId }) => principalIds.includes(principalId));
  const roles = own.map(({ roleDefinitionId, scope }) => `role ${roleDefinitionId.split('/').at(-1)} on ${scope}`);
  return roles.length === 0 ? `no role of ${principalIds.join(', ')}` : roles.join('; ');
}

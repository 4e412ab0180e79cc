import { z } from 'zod';
import type { RoleAssignment, RoleAssignments as Store } from '../access/role-assignments.ts';
import { findRole } from '../access/roles.ts';
import { ArmError, badValue, methodNotAllowed } from './arm-error.ts';
import { authorize, verbOf } from './authorization.ts';
import type { ArmAnswer, ScopedCall } from './call.ts';
import { parseBody } from './request-body.ts';
import { formatServiceTime } from './times.ts';

/** What a path of rights names: a scope, and one of its assignments, the list, or the caller's permissions there. */
export interface RoleAssignmentPath {
  scope: string;
  name?: string;
  isPermissions?: true;
}

const PATH =
  /^(\/subscriptions\/[^/]+(?:\/.+?)?)\/providers\/Microsoft\.Authorization\/(permissions|roleAssignments(?:\/([^/]+))?)$/i;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TYPE = 'Microsoft.Authorization/roleAssignments';

const bodySchema = z.object({
  properties: z.object(
    {
      roleDefinitionId: z.string({ error: 'the resource id of a role definition' }),
      principalId: z.string().regex(GUID, { error: 'a GUID' }),
    },
    { error: 'an object with roleDefinitionId and principalId' },
  ),
});

/** The parts of a path of role assignments or permissions (decoded, without a trailing slash), or `undefined`. */
export function parseRoleAssignmentPath(pathname: string): RoleAssignmentPath | undefined {
  const match = PATH.exec(pathname);
  if (!match?.[1]) return undefined;
  if (match[2]?.toLowerCase() === 'permissions') return { scope: match[1], isPermissions: true };
  return { scope: match[1], ...(match[3] === undefined ? {} : { name: match[3] }) };
}

/** Answers GET, PUT, DELETE and lists of role assignments at any scope of a subscription, and the list of permissions. */
export class RoleAssignments {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async answer(call: ScopedCall, path: RoleAssignmentPath): Promise<ArmAnswer> {
    const { scope, name } = path;
    if (path.isPermissions) return this.#listPermissions(call, scope);
    authorize(this.#store.may, call.caller, `${TYPE}/${verbOf(call.method)}`, scope);
    if (name === undefined) return this.#list(call, scope);
    if (call.method === 'PUT') return this.#put(call, { scope, name });
    if (call.method === 'DELETE') return this.#delete(scope, name);
    if (call.method !== 'GET') throw methodNotAllowed(call.method);
    const found = this.#store.get(scope, name);
    if (!found) throw new ArmError(404, 'RoleAssignmentNotFound', `The role assignment '${name}' is not found.`);
    return { status: 200, body: format(found) };
  }

  #listPermissions(call: ScopedCall, scope: string): ArmAnswer {
    if (call.method !== 'GET') throw methodNotAllowed(call.method);
    authorize(this.#store.may, call.caller, 'Microsoft.Authorization/permissions/read', scope);
    const value = this.#store.rolesAt(call.caller.oid, scope).map(({ actions, notActions = [], dataActions = [] }) => ({
      actions,
      notActions,
      dataActions,
      notDataActions: [],
    }));
    return { status: 200, body: { value } };
  }

  #list(call: ScopedCall, scope: string): ArmAnswer {
    if (call.method !== 'GET') throw methodNotAllowed(call.method);
    const keep = parseFilter(call.url.searchParams.get('$filter'), scope);
    return { status: 200, body: { value: this.#store.list(scope).filter(keep).map(format) } };
  }

  async #put(call: ScopedCall, { scope, name }: { scope: string; name: string }): Promise<ArmAnswer> {
    if (!GUID.test(name)) throw badValue('name of the role assignment', name, 'a GUID');
    const { properties } = parseBody(bodySchema, await call.readBody());
    const role = findRole(properties.roleDefinitionId);
    if (!role) throw noSuchRole(properties.roleDefinitionId);
    const wanted = { scope, principalId: properties.principalId, roleId: role.id };
    const equal = this.#store.findEqual(wanted);
    if (equal && equal.name.toLowerCase() !== name.toLowerCase()) throw alreadyExists(equal);
    if (equal) return { status: 200, body: format(equal) };
    if (this.#store.get(scope, name)) throw updateNotPermitted();
    const made: RoleAssignment = { ...wanted, name, createdAtMs: Date.now() };
    await this.#store.put(made);
    return { status: 201, body: format(made) };
  }

  async #delete(scope: string, name: string): Promise<ArmAnswer> {
    const found = this.#store.get(scope, name);
    if (!found) return { status: 204 };
    await this.#store.delete(found);
    return { status: 200, body: format(found) };
  }
}

/** `principalId eq '…'`, `assignedTo('…')` (no groups here: the same), `atScope()`; none keeps all. */
function parseFilter(filter: string | null, scope: string): (item: RoleAssignment) => boolean {
  if (filter === null) return () => true;
  if (filter.trim().toLowerCase() === 'atscope()') return (item) => item.scope.length <= scope.length;
  const match = /^\s*(?:principalId\s+eq\s+'([^']*)'|assignedTo\('([^']*)'\))\s*$/i.exec(filter);
  const principalId = match?.[1] ?? match?.[2];
  if (principalId === undefined)
    throw badValue('$filter', filter, "principalId eq '{id}', assignedTo('{id}'), atScope()");
  return (item) => item.principalId.toLowerCase() === principalId.toLowerCase();
}

function format({ scope, name, principalId, roleId, createdAtMs }: RoleAssignment) {
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? '';
  const time = formatServiceTime(createdAtMs);
  return {
    id: `${scope}/providers/${TYPE}/${name}`,
    name,
    type: TYPE,
    properties: {
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
      principalId,
      principalType: 'ServicePrincipal',
      scope,
      createdOn: time,
      updatedOn: time,
    },
  };
}

function noSuchRole(id: string): ArmError {
  const message = `The specified role definition with ID '${id.split('/').at(-1)}' does not exist.`;
  return new ArmError(400, 'RoleDefinitionDoesNotExist', message);
}

function alreadyExists({ name }: RoleAssignment): ArmError {
  const id = name.replaceAll('-', '').toLowerCase();
  const message = `The role assignment already exists. The ID of the existing role assignment is ${id}.`;
  return new ArmError(409, 'RoleAssignmentExists', message);
}

function updateNotPermitted(): ArmError {
  const message = 'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.';
  return new ArmError(409, 'RoleAssignmentUpdateNotPermitted', message);
}

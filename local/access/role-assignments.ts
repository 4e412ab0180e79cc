import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { makePrivateFolder, replaceFile } from '../atomic-file.ts';
import { type Action, allows, findRole, ROLE_IDS, type RoleDefinition, type RoleName } from './roles.ts';

const ASSIGNMENT = z.object({
  scope: z.string(),
  name: z.string(),
  principalId: z.string(),
  /** A GUID of {@link ROLE_IDS}. */
  roleId: z.string(),
  createdAtMs: z.number(),
});

/** That a principal has a role at a scope: a resource id, for itself and all below it. */
export type RoleAssignment = z.infer<typeof ASSIGNMENT>;

/** Whether a principal (its object id) may do something to the resource of an id. */
export type May = (principalId: string, scope: string, action: Action) => boolean;

/** For services that are tried alone: every identity of the tenant may do everything. */
export const everyoneMay: May = () => true;

/**
 * All role assignments of both clouds: in memory, and in one file that is replaced as a whole. What `put` and `delete`
 * have resolved for survives any end of the process; it counts at once, where Azure takes minutes.
 */
export class RoleAssignments {
  readonly #path: string;
  #items: readonly RoleAssignment[];
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, items: readonly RoleAssignment[]) {
    this.#path = path;
    this.#items = items;
  }

  /** Reads the file; none is no assignments. Throws, naming it, when it is not what was written. */
  static async open(path: string): Promise<RoleAssignments> {
    await makePrivateFolder(dirname(path));
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]';
      throw error;
    });
    try {
      return new RoleAssignments(path, z.array(ASSIGNMENT).parse(JSON.parse(text)));
    } catch (cause) {
      throw new Error(`${path} holds no role assignments: delete it to begin without any.`, { cause });
    }
  }

  readonly may: May = (principalId, scope, action) =>
    this.#items.some((item) => {
      if (!same(item.principalId, principalId) || !covers(item.scope, scope)) return false;
      const role = findRole(item.roleId);
      return role !== undefined && allows(role, action);
    });

  /** What each role allows that a principal has at the scope or above it. */
  rolesAt(principalId: string, scope: string): RoleDefinition[] {
    const own = this.#items.filter((item) => same(item.principalId, principalId) && covers(item.scope, scope));
    return own.flatMap(({ roleId }) => findRole(roleId) ?? []);
  }

  /** The assignment of that name at exactly that scope. */
  get(scope: string, name: string): RoleAssignment | undefined {
    return this.#items.find((item) => same(item.scope, scope) && same(item.name, name));
  }

  /** Those at the scope, above it and below it: what ARM lists there. */
  list(scope: string): RoleAssignment[] {
    return this.#items.filter((item) => covers(item.scope, scope) || covers(scope, item.scope));
  }

  /** The one that gives this role to this principal at exactly this scope: Azure allows no second one. */
  findEqual({ scope, principalId, roleId }: Omit<RoleAssignment, 'name' | 'createdAtMs'>): RoleAssignment | undefined {
    return this.#items.find(
      (item) => same(item.scope, scope) && same(item.principalId, principalId) && same(item.roleId, roleId),
    );
  }

  /** Adds, or replaces the one of that scope and name. */
  put(item: RoleAssignment): Promise<void> {
    const others = this.#items.filter((other) => !(same(other.scope, item.scope) && same(other.name, item.name)));
    return this.#keep([...others, item]);
  }

  delete({ scope, name }: RoleAssignment): Promise<void> {
    return this.#keep(this.#items.filter((item) => !(same(item.scope, scope) && same(item.name, name))));
  }

  /** Gives a role where the principal does not have it at exactly that scope. */
  async grant(principalId: string, role: RoleName, scope: string): Promise<void> {
    const wanted = { scope, principalId, roleId: ROLE_IDS[role] };
    if (this.findEqual(wanted)) return;
    await this.put({ ...wanted, name: assignmentName(scope, principalId, role), createdAtMs: Date.now() });
  }

  #keep(items: readonly RoleAssignment[]): Promise<void> {
    this.#items = items;
    this.#last = this.#last
      .catch(() => undefined)
      .then(() => replaceFile(this.#path, `${JSON.stringify(items, null, 2)}\n`));
    return this.#last;
  }
}

/** The name of an assignment, always the same GUID for the same three: as Bicep's `guid()` makes it. */
export function assignmentName(scope: string, principalId: string, role: RoleName): string {
  const text = [scope, principalId, ROLE_IDS[role]].join(' ').toLowerCase();
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function covers(scope: string, resource: string): boolean {
  const [above, below] = [scope.toLowerCase(), resource.toLowerCase()];
  return below === above || below.startsWith(`${above}/`);
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

import { z } from 'zod';
import type { RoleMode } from '../../local/access/role-mode.ts';
import { type Action, allows, findRole } from '../../local/access/roles.ts';
import type { CallRecord } from '../../local/calls/call.ts';
import { APP_IDENTITY, OPERATOR_IDENTITY, resourcesOf } from '../../local/names.ts';
import { type Need, needsOf } from './needs.ts';
import type { TestStack } from './stack.ts';

const SIDES = ['source', 'target'] as const;
const ASSIGNMENTS_VERSION = '2022-04-01';
const PIPELINES_VERSION = '2025-06-01-preview';

/** A role that somebody had during a phase. */
interface Grant {
  /** `app`, `export pipeline` or `import pipeline`. */
  who: string;
  principalId: string;
  roleId: string;
  scope: string;
}

/** What was asked while these roles, and no others, were assigned. */
export interface Phase {
  grants: readonly Grant[];
  needs: readonly Need[];
  who: (principalId: string) => string;
}

/** What a role at a kind of scope was asked for, and what it allows beyond that. */
export interface RoleUse {
  who: string;
  role: string;
  scope: string;
  asked: string[];
  beyond: string[];
  /** Whether, in some phase, a call would have been refused without it. */
  isNeeded: boolean;
}

/** Runs something and gives the roles that were assigned then, as ARM lists them, and what its calls needed of them. */
export async function recordPhase(cloud: TestStack, mode: RoleMode, run: () => Promise<void>): Promise<Phase> {
  const after = (await cloud.calls()).at(-1)?.n ?? 0;
  const names = await namesOf(cloud);
  const who = (principalId: string) => names.get(principalId) ?? principalId;
  const grants = await grantsOf(cloud, who);
  await run();
  const calls: CallRecord[] = await cloud.calls({ after });
  const needs = calls.flatMap((call) => needsOf(call, () => mode));
  return { grants, needs: distinct(needs).filter((need) => need.principalId !== OPERATOR_IDENTITY.objectId), who };
}

/** Every role of the phases, with what it was for. */
export function rolesOf(phases: readonly Phase[]): RoleUse[] {
  const rows = new Map<string, RoleUse>();
  for (const { grants, needs } of phases) {
    for (const grant of grants) {
      const role = findRole(grant.roleId);
      if (!role) throw new Error(`no role ${grant.roleId}`);
      const scope = scopeKind(grant.scope);
      const key = [grant.who, role.name, scope].join(' | ');
      const row = rows.get(key) ?? { who: grant.who, role: role.name, scope, asked: [], beyond: [], isNeeded: false };
      const met = needs.filter((need) => meets(grant, need));
      row.asked = [...new Set([...row.asked, ...met.map(({ action }) => textOf(action))])].sort();
      row.isNeeded ||= met.some((need) => !grants.some((other) => other !== grant && meets(other, need)));
      row.beyond = [...role.actions, ...(role.dataActions ?? [])].flatMap((pattern) => beyond(pattern, row.asked));
      rows.set(key, row);
    }
  }
  return [...rows.values()].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

const keyOf = ({ who, role, scope }: RoleUse) => [who, role, scope].join(' | ');

/** What was asked for, and no role allowed: who, the kind of scope, the action. */
export function refusedIn(phases: readonly Phase[]): string[] {
  const refused = phases.flatMap(({ grants, needs, who }) =>
    needs
      .filter((need) => !grants.some((grant) => meets(grant, need)))
      .map(({ principalId, scope, action }) => [who(principalId), scopeKind(scope), textOf(action)].join(' | ')),
  );
  return [...new Set(refused)].sort();
}

function meets({ principalId, roleId, scope }: Grant, need: Need): boolean {
  const [above, below] = [scope.toLowerCase(), need.scope.toLowerCase()];
  const role = findRole(roleId);
  if (principalId !== need.principalId || !role || !allows(role, need.action)) return false;
  return below === above || below.startsWith(`${above}/`);
}

/** The part of a role's pattern that nothing asked for. */
function beyond(pattern: string, asked: readonly string[]): string[] {
  const isAsked = asked.some((action) => action.toLowerCase() === shorten(pattern).toLowerCase());
  if (!pattern.includes('*')) return isAsked ? [] : [shorten(pattern)];
  return [`the rest of ${shorten(pattern)}`];
}

function textOf(action: Action): string {
  return shorten('data' in action ? action.data : action.control);
}

function shorten(action: string): string {
  return action.replace(/^Microsoft\.\w+\//, '');
}

/** The kind of resource that an id names. */
function scopeKind(scope: string): string {
  const kinds: [RegExp, string][] = [
    [/\/containers\/[^/]+$/i, 'container'],
    [/\/storageAccounts\/[^/]+$/i, 'storage account'],
    [/\/vaults\/[^/]+(\/secrets)?$/i, 'vault'],
    [/\/secrets\/[^/]+$/i, 'secret'],
    [/\/keys\/[^/]+$/i, 'key'],
    [/\/registries\/[^/]+(\/\w+\/[^/]+)?$/i, 'registry'],
    [/^\/subscriptions\/[^/]+$/i, 'subscription'],
  ];
  return kinds.find(([pattern]) => pattern.test(scope))?.[1] ?? scope;
}

const assignmentsSchema = z.object({
  value: z.array(
    z.object({ properties: z.object({ principalId: z.string(), roleDefinitionId: z.string(), scope: z.string() }) }),
  ),
});

async function grantsOf({ operator }: TestStack, who: (principalId: string) => string): Promise<Grant[]> {
  const answers = await Promise.all(
    SIDES.map((side) => {
      const scope = `/subscriptions/${resourcesOf(side).subscriptionId}`;
      const path = `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=${ASSIGNMENTS_VERSION}`;
      return operator.arm(side, 'GET', path);
    }),
  );
  return answers
    .flatMap(({ body }) => assignmentsSchema.parse(body).value.map(({ properties }) => properties))
    .filter(({ principalId }) => principalId !== OPERATOR_IDENTITY.objectId)
    .map(({ principalId, roleDefinitionId, scope }) => ({
      who: who(principalId),
      principalId,
      roleId: roleDefinitionId,
      scope,
    }));
}

const pipelinesSchema = z.object({ value: z.array(z.object({ identity: z.object({ principalId: z.string() }) })) });

async function namesOf({ operator }: TestStack): Promise<Map<string, string>> {
  const names = new Map<string, string>([[APP_IDENTITY.objectId, 'app']]);
  for (const [side, type] of [
    ['source', 'exportPipelines'],
    ['target', 'importPipelines'],
  ] as const) {
    const path = `${resourcesOf(side).registryId}/${type}?api-version=${PIPELINES_VERSION}`;
    const { body } = await operator.arm(side, 'GET', path);
    for (const { identity } of pipelinesSchema.parse(body).value) {
      names.set(identity.principalId, type === 'exportPipelines' ? 'export pipeline' : 'import pipeline');
    }
  }
  return names;
}

function distinct(needs: readonly Need[]): Need[] {
  return [...new Map(needs.map((need) => [JSON.stringify(need), need])).values()];
}

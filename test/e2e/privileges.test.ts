import type { RoleMode } from '../../local/access/role-mode.ts';
import { registryRoles } from '../../local/cloud/sample-roles.ts';
import { runAndDelete, runEverything, startPrivilegeStack, useRegistryRoles } from '../support/privilege-stack.ts';
import { type Phase, recordPhase, refusedIn, rolesOf } from '../support/privileges.ts';
import { askedRoles, assignedRoles } from '../support/security-tables.ts';
import type { TestStack } from '../support/stack.ts';

/** Asked for by the Functions host, Durable and telemetry, whose calls are not in the record. */
const OF_THE_HOST = [
  'Durable Task Data Contributor',
  'Monitoring Metrics Publisher',
  'Storage Account Contributor',
  'Storage Queue Data Contributor',
  'Storage Table Data Contributor',
];
/** Of an app that signs in with a certificate on the side in another cloud: `two-clouds.test.ts` has its record. */
const OF_CERTIFICATES = 'app | Key Vault Secrets User | vault';
/** That, and of one that tells a webhook (`webhook.test.ts`): no route of this run does. */
const OF_OTHER_ROUTES = [OF_CERTIFICATES, 'app | Key Vault Secrets User | secret'];
/** All routes, three times over, one after another: minutes where much else runs. */
const RUN_LIMIT_MS = 600_000;
const LEGACY = 'LegacyRegistryPermissions';
const ABAC = 'AbacRepositoryPermissions';
/** The app's roles on both registries, as the templates give them. */
const rolesBy = (runner: 'custom' | 'builtIn', mode: RoleMode) => ({
  source: registryRoles('source', { runner, mode }),
  target: registryRoles('target', { runner, mode }),
});

let cloud: TestStack;
const phases: Phase[] = [];

beforeAll(async () => {
  cloud = await startPrivilegeStack();
  await useRegistryRoles(cloud, LEGACY, rolesBy('custom', LEGACY));
  phases.push(await recordPhase(cloud, LEGACY, () => runEverything(cloud)));
  await useRegistryRoles(cloud, LEGACY, rolesBy('builtIn', LEGACY));
  phases.push(await recordPhase(cloud, LEGACY, () => runAndDelete(cloud, 'identities', 'v2')));
  await useRegistryRoles(cloud, ABAC, rolesBy('custom', ABAC));
  phases.push(await recordPhase(cloud, ABAC, () => runAndDelete(cloud, 'identities', 'v3')));
}, RUN_LIMIT_MS);
afterAll(() => cloud?.stop());

describe('a full run, with the roles that docs/security.md names and no others', () => {
  it('asks for nothing that no role allows, but for what the check of a route does without', () => {
    expect(refusedIn(phases)).toEqual(['app | subscription | roleAssignments/read']);
  });

  it('needs every one of them: without it, a call would have been refused', () => {
    expect(rolesOf(phases).filter(({ isNeeded }) => !isNeeded)).toEqual([]);
  });

  it('asks of each role what the table says, and the table says what the role allows beyond that', () => {
    const found = rolesOf(phases).map(({ who, role, scope, asked, beyond }) =>
      [who, role, scope, asked.join(', '), beyond.join(', ') || 'nothing'].join(' | '),
    );
    const rows = askedRoles().map((row) => row.join(' | '));
    expect(rows.filter((row) => !row.startsWith(OF_CERTIFICATES))).toEqual(found);
  });

  it('has every role of the table of all roles, but for those that only the Functions host asks for', () => {
    const nameOf = ({ who, role, scope }: { who: string; role: string; scope: string }) =>
      [who, role, scope].join(' | ');
    const assigned = assignedRoles().filter(({ role }) => !OF_THE_HOST.includes(role));
    const names = [...new Set(assigned.map(nameOf))].filter((name) => !OF_OTHER_ROUTES.includes(name));
    expect(names.sort()).toEqual(rolesOf(phases).map(nameOf));
  });
});

import type { RoleName } from '../../local/access/roles.ts';
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
/**
 * Of an app that signs in with a certificate on the side in another cloud, and of one that tells a webhook
 * (`webhook.test.ts`): no route of this run does.
 */
const OF_OTHER_ROUTES = ['app | Key Vault Secrets User | vault', 'app | Key Vault Secrets User | secret'];
const READ_REPOSITORIES: readonly RoleName[] = ['Container Registry Repository Reader'];
const LISTER: RoleName = 'Container Registry Repository Catalog Lister';
/** All routes, three times over, one after another: minutes where much else runs. */
const RUN_LIMIT_MS = 600_000;
const BUILT_IN: readonly RoleName[] = ['Container Registry Transfer Pipeline Contributor', 'Reader'];

let cloud: TestStack;
const phases: Phase[] = [];

beforeAll(async () => {
  cloud = await startPrivilegeStack();
  const legacy = 'LegacyRegistryPermissions';
  await useRegistryRoles(cloud, legacy, ['ACR Transfer Operator', 'AcrPull']);
  phases.push(await recordPhase(cloud, legacy, () => runEverything(cloud)));
  await useRegistryRoles(cloud, legacy, BUILT_IN);
  phases.push(await recordPhase(cloud, legacy, () => runAndDelete(cloud, 'identities', 'v2')));
  const abac = 'AbacRepositoryPermissions';
  const roles: readonly RoleName[] = ['ACR Transfer Operator', ...READ_REPOSITORIES];
  await useRegistryRoles(cloud, abac, { source: [...roles, LISTER], target: roles });
  phases.push(await recordPhase(cloud, abac, () => runAndDelete(cloud, 'identities', 'v3')));
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
    expect(askedRoles().map((row) => row.join(' | '))).toEqual(found);
  });

  it('has every role of the table of all roles, but for those that only the Functions host asks for', () => {
    const nameOf = ({ who, role, scope }: { who: string; role: string; scope: string }) =>
      [who, role, scope].join(' | ');
    const assigned = assignedRoles().filter(({ role }) => !OF_THE_HOST.includes(role));
    const names = [...new Set(assigned.map(nameOf))].filter((name) => !OF_OTHER_ROUTES.includes(name));
    expect(names.sort()).toEqual(rolesOf(phases).map(nameOf));
  });
});

import { readFileSync } from 'node:fs';
import { findRole, ROLE_IDS } from '../../../local/access/roles.ts';
import { assignedRoles } from '../../support/security-tables.ts';
import { describeWithBicep, ofType, type PredictedResource, predict, type Snapshot, SUBSCRIPTION } from './bicep.ts';

const SCOPES = [
  [/Microsoft\.ContainerRegistry\/registries\/[^/]+$/, 'registry'],
  [/blobServices\/default\/containers\/[^/]+$/, 'container'],
  [/Microsoft\.Storage\/storageAccounts\/[^/]+$/, 'storage account'],
  [/Microsoft\.KeyVault\/vaults\/[^/]+$/, 'vault'],
  [/Microsoft\.KeyVault\/vaults\/[^/]+\/secrets\/[^/]+$/, 'secret'],
  [/Microsoft\.KeyVault\/vaults\/[^/]+\/keys\/[^/]+$/, 'key'],
  [/Microsoft\.Insights\/components\/[^/]+$/, 'Application Insights'],
  [/schedulers\/[^/]+\/taskHubs\/[^/]+$/, 'task hub'],
] as const;

const registry = (group: string, name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.ContainerRegistry/registries/${name}`;
const vault = (name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/a/providers/Microsoft.KeyVault/vaults/${name}`;
/** With the sample parameter files, every way that the templates assign a role. */
const REST = {
  namePrefix: 'acrtran',
  location: 'westeurope',
  cloud: 'AzurePublic',
  routeName: 'a-to-b',
  plan: 'elasticPremium',
  triggerSource: 'LogsAndContainerScan',
  durable: 'durableTaskScheduler',
  runner: 'builtIn',
  importOptions: ['DeleteSourceBlobOnSuccess'],
  source: {
    registryId: registry('a', 'contoso'),
    location: 'x',
    pipelineName: 'aToBee',
    sas: { kind: 'accountKey', days: 30 },
    receiptKeyName: 'receipts',
  },
  target: {
    registryId: registry('b', 'platform'),
    location: 'x',
    pipelineName: 'bFromA',
    storageAccessMode: 'ManagedIdentity',
  },
};

/** A side in another cloud, reached with a certificate; a source whose registry takes roles for repositories. */
const ABROAD = {
  namePrefix: 'acrtran',
  location: 'x',
  cloud: 'AzurePublic',
  routeName: 'a-to-b',
  source: {
    registryId: registry('a', 'contoso'),
    location: 'x',
    pipelineName: 'aToBee',
    registryRoleMode: 'abac',
    storageAccessMode: 'ManagedIdentity',
  },
  certificateVaultId: vault('certificates'),
  routeOptions: { webhook: { url: 'https://a/b', secret: { vault: 'https://c', name: 'webhook' } } },
  webhookVaultId: vault('secrets'),
};

/** Who, which role, on what: as a row of the table says it. */
function describeAssignment({ id, properties }: PredictedResource): string {
  const principal = String(properties.principalId);
  const identity = principal.includes('/exportPipelines/')
    ? 'export pipeline'
    : principal.includes('/importPipelines/')
      ? 'import pipeline'
      : principal.includes('-identity')
        ? 'app'
        : principal;
  const [, target = ''] = /^\[extensionResourceId\('([^']+)'/.exec(id) ?? [];
  const scope = SCOPES.find(([pattern]) => pattern.test(target))?.[1] ?? id;
  const role = String(properties.roleDefinitionId);
  const builtIn = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:'\)\])?$/.exec(role)?.[1];
  return [identity, role.includes(CUSTOM_ROLE_SCOPE) ? 'custom' : builtIn, scope].join(' | ');
}
/** A definition of one's own has the id of the resource group that may use it; built-in ones have none. */
const CUSTOM_ROLE_SCOPE = '/resourceGroups/';

function assignmentsOf(...snapshots: Snapshot[]): string[] {
  const all = snapshots.flatMap((made) => ofType(made, 'Microsoft.Authorization/roleAssignments'));
  expect(all.length).toBeGreaterThan(20);
  return [...new Set(all.map(describeAssignment))].sort();
}

function tableRows(): string[] {
  return assignedRoles().map(({ who, id, scope }) => [who, id, scope].join(' | '));
}

describeWithBicep('the table of docs/security.md', () => {
  it('has every role that the templates assign, and no other', async () => {
    const snapshots = [
      await predict('main.both.bicep', 'both.public.bicepparam'),
      await predict('main.both.bicep', 'both.usgov.bicepparam'),
      await predict('main.both.bicep', REST),
      await predict('main.source.bicep', ABROAD),
    ];
    expect(tableRows().sort()).toEqual(assignmentsOf(...snapshots));
  });

  it('has the ids and names of infra/modules/roles.bicep', () => {
    const roles = readFileSync('infra/modules/roles.bicep', 'utf8');
    const known = [...roles.matchAll(/^ {2}([a-zA-Z]+): '([0-9a-f-]{36})'$/gm)].map(([, name, id]) => [id, name]);
    const lines = readFileSync('docs/security.md', 'utf8').split('\n');
    const named = lines
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .filter(([, , , id]) => /^[0-9a-f-]{36}$/.test(id ?? ''))
      .map(([, , name = '', id]) => [id, `${name[0]?.toLowerCase()}${name.slice(1).replaceAll(' ', '')}`]);
    expect(Object.fromEntries(named)).toEqual(Object.fromEntries(known));
  });
});

describeWithBicep('the role that the templates define', () => {
  it('lets runs be started and followed, and no pipeline be changed, as in the local cloud', async () => {
    const [role] = ofType(await predict('main.both.bicep', 'both.public.bicepparam'), ROLE_DEFINITIONS);
    const permissions = (role?.properties.permissions ?? []) as { actions: string[]; dataActions: string[] }[];
    expect(permissions).toHaveLength(1);
    const { actions = [], dataActions } = permissions[0] ?? {};
    const changes = actions.filter((action) => !action.endsWith('/read'));
    expect(changes).toEqual([
      'Microsoft.ContainerRegistry/registries/pipelineRuns/write',
      'Microsoft.ContainerRegistry/registries/pipelineRuns/delete',
    ]);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    expect(dataActions).toEqual([]);
    expect(actions).toEqual(findRole(ROLE_IDS['ACR Transfer Operator'])?.actions);
  });
});
const ROLE_DEFINITIONS = 'Microsoft.Authorization/roleDefinitions';

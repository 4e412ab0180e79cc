import { findRole, type RoleName } from '../../../local/access/roles.ts';
import { appGrants, type Grant, pipelineGrants, type RegistryRoles } from '../../../local/cloud/sample-roles.ts';
import { type CloudName, resourcesOf, storageAccountId } from '../../../local/names.ts';
import { describeWithBicep, ofType, type PredictedResource, predict, SUBSCRIPTION } from './bicep.ts';

const APP = '00000000-0000-4000-8000-00000000eeee';
const ASSIGNMENTS = 'Microsoft.Authorization/roleAssignments';
const MODES = { LegacyRegistryPermissions: 'rbac', AbacRepositoryPermissions: 'abac' } as const;
/** On the target's account, for the poison queue: asked for by the Functions host, whose calls no role decides here. */
const OF_THE_HOST = ['app | Storage Queue Data Contributor | storage account'];
const QUEUES = '974c5e8b-45b9-4653-ba55-5f855dd0fb88';

/** A resource by its kind, containers by their name too. */
function nameScope(id: string): string {
  const container = /\/containers\/([^/]+)$/.exec(id)?.[1];
  if (container !== undefined) return `container ${container}`;
  if (/\/storageAccounts\/[^/]+$/.test(id)) return 'storage account';
  if (/\/vaults\/[^/]+$/.test(id)) return 'vault';
  return /\/registries\/[^/]+$/.test(id) ? 'registry' : id;
}

/** Who, role, resource of an assignment that a template makes. */
function nameAssignment({ id, properties }: PredictedResource): string {
  const who =
    properties.principalId === APP ? 'app' : String(properties.principalId).replace(/^.*Pipelines.*$/, 'pipeline');
  const role = String(properties.roleDefinitionId);
  const roleId = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:'\)\])?$/.exec(role)?.[1] ?? role;
  const isOwn = role.includes('/resourceGroups/');
  const name = isOwn
    ? 'ACR Transfer Operator'
    : roleId === QUEUES
      ? 'Storage Queue Data Contributor'
      : findRole(roleId)?.name;
  const [, scope = id] =
    /^\[extensionResourceId\('([^']+)'/.exec(id) ?? /^(.*)\/providers\/Microsoft\.Authorization\//.exec(id) ?? [];
  return [who, name ?? roleId, nameScope(scope)].join(' | ');
}

function nameGrant({ principalId, role, scope }: Grant): string {
  return [principalId === APP ? 'app' : principalId, role satisfies RoleName, nameScope(scope)].join(' | ');
}

type Case = [CloudName, 'SasToken' | 'ManagedIdentity', RegistryRoles['mode'], RegistryRoles['runner']];
const ways: [Case[1], Case[2], Case[3]][] = [
  ['SasToken', 'LegacyRegistryPermissions', 'builtIn'],
  ['SasToken', 'AbacRepositoryPermissions', 'custom'],
  ['ManagedIdentity', 'LegacyRegistryPermissions', 'custom'],
  ['ManagedIdentity', 'AbacRepositoryPermissions', 'builtIn'],
];
const cases: Case[] = (['source', 'target'] as const).flatMap((cloud) => ways.map((way): Case => [cloud, ...way]));

describeWithBicep('the roles of the templates and of the local cloud', () => {
  it.each(cases)('%s, %s, %s, %s: the same for each resource', async (cloud, access, mode, runner) => {
    const { registryName, pipelineName, container } = resourcesOf(cloud);
    const made = await predict(`modules/${cloud}-side.bicep`, {
      namePrefix: 'acrtran',
      side: {
        registryId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/app/providers/Microsoft.ContainerRegistry/registries/${registryName}`,
        location: 'x',
        pipelineName,
        container,
        storageAccessMode: access,
        registryRoleMode: MODES[mode],
      },
      options: cloud === 'source' ? ['OverwriteBlobs', 'ContinueOnErrors'] : ['OverwriteTags', 'ContinueOnErrors'],
      ...(cloud === 'target' ? { sourceTriggerStatus: 'Enabled', triggerSource: 'EventGrid' } : {}),
      appPrincipalId: APP,
      runner,
      tags: {},
    });
    const app = appGrants({ cloud, principalId: APP, access, hasState: false }, { runner, mode });
    const expected = [...app, ...pipelineGrants(cloud, 'pipeline', access)].map(nameGrant);
    const ofHost = cloud === 'target' ? OF_THE_HOST : [];
    expect(ofType(made, ASSIGNMENTS).map(nameAssignment).sort()).toEqual([...expected, ...ofHost].sort());
  });

  it('are on resources of the local cloud that have names here', () => {
    for (const cloud of ['source', 'target'] as const) {
      const { registryId, containerId, vaultId, account } = resourcesOf(cloud);
      const names = [registryId, containerId, vaultId, storageAccountId(account)].map(nameScope);
      expect(names).toEqual(['registry', `container ${resourcesOf(cloud).container}`, 'vault', 'storage account']);
    }
  });
});

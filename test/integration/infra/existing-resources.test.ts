import { listBlobTriggerNeeds } from '../../../src/domain/route/blob-triggers.ts';
import { routeSchema } from '../../../src/domain/route/route.ts';
import { SAMPLE_ROUTE } from '../../unit/domain/sample-route.ts';
import { describeWithBicep, ofType, predict, type Snapshot, SUBSCRIPTION } from './bicep.ts';

const idOf = (group: string, rest: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/${rest}`;
const ACCOUNT = idOf('data', 'Microsoft.Storage/storageAccounts/shared');
const VAULT = idOf('vaults', 'Microsoft.KeyVault/vaults/keys');
const SUBNET = idOf('net', 'Microsoft.Network/virtualNetworks/hub/subnets/app');
const PIPELINE_IDENTITY = idOf('ids', 'Microsoft.ManagedIdentity/userAssignedIdentities/pipes');
const APP_IDENTITY = idOf('ids', 'Microsoft.ManagedIdentity/userAssignedIdentities/mine');
const WORKSPACE = idOf('logs', 'Microsoft.OperationalInsights/workspaces/all');
const registry = (name: string) => idOf('images', `Microsoft.ContainerRegistry/registries/${name}`);
const given = {
  storageAccountId: ACCOUNT,
  keyVaultId: VAULT,
  userAssignedIdentityId: PIPELINE_IDENTITY,
  location: 'x',
};

const further = [
  {
    ...SAMPLE_ROUTE,
    name: 'other-route',
    target: { ...SAMPLE_ROUTE.target, container: 'https://others.blob.core.chinacloudapi.cn/transfer' },
  },
  { ...SAMPLE_ROUTE, name: 'only-source', serves: 'source' },
];
const PARAMETERS = {
  namePrefix: 'acrtran',
  location: 'x',
  cloud: 'AzurePublic',
  routeName: 'a-to-b',
  source: { ...given, registryId: registry('contoso'), pipelineName: 'aToBee', container: 'out' },
  target: { ...given, registryId: registry('platform'), pipelineName: 'bFromA' },
  network: { kind: 'existing', subnetId: SUBNET, uploaderIps: ['203.0.113.7'] },
  identityId: APP_IDENTITY,
  workspaceId: WORKSPACE,
  furtherRoutes: further,
  appSettings: { CONTAINER: 'transfer', RETENTION_SCHEDULE: 'mine' },
};

describeWithBicep('what is there already', () => {
  let made: Snapshot;
  const only = (type: string) => ofType(made, type).map(({ name }) => name);
  const settings = () => ofType(made, 'Microsoft.Web/sites/config')[0]?.properties ?? {};

  beforeAll(async () => {
    made = await predict('main.both.bicep', PARAMETERS);
  });

  it('is not made again: account, vault, network, identities, workspace', () => {
    expect(only('Microsoft.Storage/storageAccounts')).toEqual([expect.stringMatching(/^acrtranhost/)]);
    for (const type of ['KeyVault/vaults', 'Network/virtualNetworks', 'ManagedIdentity/userAssignedIdentities']) {
      expect(only(`Microsoft.${type}`)).toEqual([]);
    }
    expect(only('Microsoft.OperationalInsights/workspaces')).toEqual([]);
    expect(ofType(made, 'Microsoft.Storage/storageAccounts/managementPolicies')).toEqual([]);
  });

  it('gets the containers, and the pipelines go there with the identity that was given', () => {
    const containers = ofType(made, 'Microsoft.Storage/storageAccounts/blobServices/containers').map(({ id }) => id);
    const inAccount = containers.filter((id) => id.startsWith(ACCOUNT)).map((id) => id.split('/').at(-1));
    expect(inAccount.sort()).toEqual(['acr-transfer-receipts', 'acr-transfer-receipts', 'out', 'transfer']);
    for (const type of ['exportPipelines', 'importPipelines']) {
      const [pipeline] = ofType(made, `Microsoft.ContainerRegistry/registries/${type}`);
      expect(pipeline?.identity).toEqual({ type: 'UserAssigned', userAssignedIdentities: { [PIPELINE_IDENTITY]: {} } });
      expect(JSON.stringify(pipeline?.properties)).toContain(VAULT);
    }
  });

  it('has its rights given on it: of the app’s identity and of the pipelines’', () => {
    const assignments = ofType(made, 'Microsoft.Authorization/roleAssignments');
    const of = (resource: string, principal: string) =>
      assignments.filter(
        ({ id, properties }) => id.includes(resource) && String(properties.principalId).includes(principal),
      );
    expect(of(VAULT, APP_IDENTITY).length).toBeGreaterThan(0);
    expect(of(VAULT, PIPELINE_IDENTITY).length).toBeGreaterThan(0);
    expect(of(ACCOUNT, APP_IDENTITY).length).toBeGreaterThan(3);
  });

  it('is where the app runs and logs', () => {
    const [app] = ofType(made, 'Microsoft.Web/sites');
    expect(app?.identity).toEqual({ type: 'UserAssigned', userAssignedIdentities: { [APP_IDENTITY]: {} } });
    expect(app?.properties).toMatchObject({ virtualNetworkSubnetId: SUBNET, keyVaultReferenceIdentity: APP_IDENTITY });
    const [insights] = ofType(made, 'Microsoft.Insights/components');
    expect(insights?.properties.WorkspaceResourceId).toBe(WORKSPACE);
    const [host] = ofType(made, 'Microsoft.Storage/storageAccounts');
    expect(host?.properties.networkAcls).toMatchObject({
      defaultAction: 'Deny',
      virtualNetworkRules: [{ id: SUBNET, action: 'Allow' }],
      ipRules: [{ value: '203.0.113.7', action: 'Allow' }],
    });
  });

  it('has the connections of further routes, and none for a target that the app does not serve', () => {
    const [need] = listBlobTriggerNeeds(further.map((route) => routeSchema.parse(route)));
    expect(need?.routes).toEqual(['other-route']);
    expect(settings()).toMatchObject(need?.settings ?? {});
    const prefixes = Object.keys(settings()).filter(
      (name) => name.endsWith('__blobServiceUri') && name.startsWith('SIDE_'),
    );
    expect(prefixes).toEqual(['SIDE_A_TO_B_TARGET__blobServiceUri', 'SIDE_OTHER_ROUTE_TARGET__blobServiceUri']);
    expect(settings()).toMatchObject({ SIDE_OTHER_ROUTE_TARGET__credential: 'managedidentity' });
  });

  it('has the further settings, which change none of the templates’ own', () => {
    expect(settings()).toMatchObject({ CONTAINER: 'transfer', RETENTION_SCHEDULE: '0 30 3 * * *' });
  });
});

describeWithBicep('settings that a further route names', () => {
  const predictWith = (parts: { name?: string; container: string }, appSettings: Record<string, string>) => {
    const { name = 'other-route', container } = parts;
    const route = { ...SAMPLE_ROUTE, name, target: { ...SAMPLE_ROUTE.target, container } };
    return predict('main.both.bicep', { ...PARAMETERS, furtherRoutes: [route], appSettings });
  };

  it('are filled into the connection of its target as the app does', async () => {
    const given = { PLACE: 'https://others.blob.core.chinacloudapi.cn/', BOX: 'transfer', SIDE: 'other' };
    const made = await predictWith({ name: '%SIDE%-route', container: '%PLACE%%BOX%' }, given);
    const [need] = listBlobTriggerNeeds([routeSchema.parse(further[0])]);
    expect(Object.keys(need?.settings ?? {})).toHaveLength(2);
    expect(ofType(made, 'Microsoft.Web/sites/config')[0]?.properties).toMatchObject(need?.settings ?? {});
  });

  const container = 'https://%ACCOUNT%.blob.core.chinacloudapi.cn/transfer';
  it.each([
    [{}, /target of route other-route with %ACCOUNT%; allowed: the names of appSettings/],
    [{ account: 'others' }, /%ACCOUNT%; allowed: the names of appSettings, which are account/],
    [{ ACCOUNT: '@Microsoft.KeyVault(SecretUri=https://v/secrets/s)' }, /%ACCOUNT%, a reference to a vault/],
  ])('are refused where a deployment cannot read them: %j', async (appSettings, message) => {
    await expect(predictWith({ container }, appSettings as Record<string, string>)).rejects.toThrow(message);
  });
});

describeWithBicep('a second app in a resource group', () => {
  it('shares no name with the first', async () => {
    const names = async (namePrefix: string) => {
      const made = await predict('main.both.bicep', {
        ...PARAMETERS,
        namePrefix,
        identityId: '',
        workspaceId: '',
        alertEmails: ['a@b.example'],
      });
      return made.predictedResources
        .filter(({ id, type }) => id.includes('/resourceGroups/app/') && !type.includes('Authorization'))
        .map(({ type, name }) => `${type} ${name}`);
    };
    const first = await names('first');
    expect(
      first.filter((name) => name.includes('scheduledQueryRules') || name.includes('actionGroups')).length,
    ).toBeGreaterThan(4);
    const second = await names('second');
    expect(second).toHaveLength(first.length);
    expect(second.filter((name) => first.includes(name))).toEqual([]);
  });
});

describeWithBicep('main.subscriptions.bicep', () => {
  const parameters = {
    storageAccountName: 'shared',
    appId: idOf('app', 'Microsoft.Web/sites/app'),
    blobTriggers: [{ functionName: 'importBlob_abb3aaca', container: 'transfer' }],
  };
  const topics = (made: Snapshot) => ofType(made, 'Microsoft.EventGrid/systemTopics').map(({ name }) => name);
  const subscription = (made: Snapshot) => ofType(made, 'Microsoft.EventGrid/systemTopics/eventSubscriptions')[0]?.name;

  it('uses the topic that the account has, or makes one', async () => {
    const made = await predict('main.subscriptions.bicep', parameters);
    expect([topics(made), subscription(made)]).toEqual([['shared-events'], 'shared-events/importBlob-abb3aaca']);
    const on = await predict('main.subscriptions.bicep', { ...parameters, existingTopicName: 'theirs' });
    expect([topics(on), subscription(on)]).toEqual([[], 'theirs/importBlob-abb3aaca']);
  });
});

describeWithBicep('main.push-subscriptions.bicep', () => {
  const app = (name: string) => idOf('app', `Microsoft.Web/sites/${name}`);
  const predictFor = (registryName: string, appId: string) =>
    predict('main.push-subscriptions.bicep', { registryName, appId });
  const nameOf = (made: Snapshot, type: string) =>
    ofType(made, `Microsoft.EventGrid/${type}`)[0]?.name.split('/').at(-1) ?? '';

  it('gives each of two apps on one registry a subscription, and one app the same again', async () => {
    const apps = [app('first'), app('second'), app('first').toUpperCase()];
    const made = await Promise.all(apps.map((appId) => predictFor('contoso', appId)));
    const [first, second, again] = made.map((one) => nameOf(one, 'systemTopics/eventSubscriptions'));
    expect(first).toMatch(/^acr-transfer-gatherPush-[a-z0-9]{13}$/);
    expect(second).not.toBe(first);
    expect(again).toBe(first);
  });

  it('makes a topic whose name Azure takes, and which no storage account or other registry has', async () => {
    const long = ['a', 'b'].map((end) => `${'c'.repeat(49)}${end}`);
    const made = await Promise.all(['shared', ...long].map((name) => predictFor(name, app('first'))));
    const topics = made.map((one) => nameOf(one, 'systemTopics'));
    expect(topics[0]).toBe('shared-acr-events');
    expect(topics.filter((name) => !/^[A-Za-z0-9-]{3,50}$/.test(name))).toEqual([]);
    expect(new Set(topics).size).toBe(3);
  });
});

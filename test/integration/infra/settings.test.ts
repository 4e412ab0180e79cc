import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { formatSubscriptionParameters } from '../../../scripts/subscription-parameters.ts';
import { KNOWN_CLOUDS } from '../../../src/domain/cloud.ts';
import { listBlobTriggerNeeds } from '../../../src/domain/route/blob-triggers.ts';
import { type Route, routeSchema } from '../../../src/domain/route/route.ts';
import { describeWithBicep, ofType, predict, type Snapshot, SUBSCRIPTION, TENANT } from './bicep.ts';
import { readLiteral } from './literal.ts';

/** Settings of the Functions platform: the local tools' file or one of the plans has them, the app never reads them. */
const PLATFORM = [
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'AzureWebJobsStorage__credential',
  'FUNCTIONS_EXTENSION_VERSION',
  'FUNCTIONS_WORKER_RUNTIME',
  'SIDE_{ROUTE}_TARGET__clientId',
  'SIDE_{ROUTE}_TARGET__credential',
  'WEBSITE_AUTH_ENABLED',
  'WEBSITE_RUN_FROM_PACKAGE',
  'WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID',
];
/** Other ways to say what the templates say by ROUTES_JSON and by the service URIs. */
const ALTERNATIVES = ['AzureWebJobsStorage__accountName', 'ROUTES_FILE'];

function general(names: Iterable<string>): string[] {
  return [...new Set([...names].map((name) => name.replace(/^SIDE_.+_TARGET__/, 'SIDE_{ROUTE}_TARGET__')))].sort();
}

function settingsOf(made: Snapshot): Record<string, unknown> {
  return ofType(made, 'Microsoft.Web/sites/config')[0]?.properties ?? {};
}

/** The routes that the app is given; what only Azure knows (client ids, host names of new accounts) is filled in. */
function routesOf(made: Snapshot, blobSuffix: string): Record<string, unknown>[] {
  const text = String(settingsOf(made).ROUTES_JSON).replace(/^\[string\((.*)\)\]$/s, '[$1]');
  return readLiteral(fill(text, blobSuffix)) as Record<string, unknown>[];
}

/** An expression with values in place of what only Azure knows. */
function fill(expression: string, blobSuffix: string): string {
  return expression
    .replace(/^\[(.*)\]$/s, '$1')
    .replaceAll(
      /format\('https:\/\/\{0\}\{1\}', '([^']+)', environment\(\)\.suffixes\.keyvaultDns\)/g,
      "'https://$1.vault.azure.net'",
    )
    .replaceAll(/reference\('[^']*', '[^']*'\)\.clientId/g, "'00000000-0000-4000-8000-00000000dddd'")
    .replaceAll(
      /format\('\{0\}\{1\}', reference\('[^']*storageAccounts\/([a-z0-9]+)', '[^']*'\)\.primaryEndpoints\.blob, '([^']+)'\)/g,
      `'https://$1.${blobSuffix}/$2'`,
    );
}

const SPKI = { type: 'spki', format: 'pem' } as const;
const registryOf = (name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/${name}`;
const SOURCE = {
  namePrefix: 'acrtran',
  location: 'westeurope',
  cloud: 'AzurePublic',
  routeName: 'public-to-china',
  source: {
    registryId: registryOf('contoso'),
    location: 'westeurope',
    pipelineName: 'toChina',
    receiptKeyName: 'receipts',
  },
};

describeWithBicep('the app of main.both.bicep', () => {
  let made: Snapshot;
  let route: Route;

  beforeAll(async () => {
    made = await predict('main.both.bicep', 'both.public.bicepparam');
    route = routeSchema.parse(routesOf(made, KNOWN_CLOUDS.AzurePublic.blobSuffix)[0]);
  });

  it('has the settings of local.settings.sample.json', async () => {
    const premium = await predict('main.both.bicep', 'both.usgov.bicepparam');
    const sample = JSON.parse(readFileSync('local.settings.sample.json', 'utf8')).Values as Record<string, string>;
    const inBicep = general([...Object.keys(settingsOf(made)), ...Object.keys(settingsOf(premium))]);
    expect(inBicep.filter((name) => !PLATFORM.includes(name))).toEqual(
      general(Object.keys(sample)).filter((name) => ![...PLATFORM, ...ALTERNATIVES].includes(name)),
    );
  });

  it('has every setting that the code reads', () => {
    const source = readFileSync('src/config/settings.ts', 'utf8');
    const schema = /environmentSchema = z\.object\(\{(.*?)\n\}\)/s.exec(source)?.[1] ?? '';
    const read = [...schema.matchAll(/^ {2}([A-Za-z_]+):/gm)].map(([, name = '']) => name);
    expect(read.length).toBeGreaterThan(5);
    const set = Object.keys(settingsOf(made));
    const unset = read.filter((name) => !set.includes(name) && !PLATFORM.includes(name));
    expect(unset.sort()).toEqual(ALTERNATIVES);
  });

  it('is given a route that the app takes', () => {
    expect(route).toMatchObject({
      name: 'team-to-platform',
      source: { exportPipeline: 'toPlatform' },
      target: { importPipeline: 'fromTeam' },
    });
  });

  it('has the connections that routes:print asks for', () => {
    const asked = listBlobTriggerNeeds([route]).flatMap(({ settings }) => Object.keys(settings));
    expect(asked).toHaveLength(2);
    expect(Object.keys(settingsOf(made))).toEqual(expect.arrayContaining(asked));
  });

  it('keeps no secret in a setting, and none in an output', () => {
    expect(JSON.stringify([settingsOf(made), made.outputs])).not.toMatch(/listKeys|AccountKey|sig=|SharedAccess/);
  });

  it('subscribes to what routes:print lists, by the parameters that it prints', async () => {
    const needs = listBlobTriggerNeeds([route]);
    const accountId = `/subscriptions/${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${needs[0]?.account}`;
    const appId = `/subscriptions/${SUBSCRIPTION}/resourceGroups/g/providers/Microsoft.Web/sites/contoso`;
    const file = formatSubscriptionParameters(needs, { appId, accountId }) as {
      parameters: Record<string, { value: unknown }>;
    };
    const values = Object.fromEntries(Object.entries(file.parameters).map(([name, { value }]) => [name, value]));
    const made = await predict('main.subscriptions.bicep', values);
    const subscriptions = ofType(made, 'Microsoft.EventGrid/systemTopics/eventSubscriptions').map((resource) => ({
      filter: resource.properties.filter,
      function: JSON.stringify(resource.properties.destination).includes(`'${needs[0]?.functionName}'`),
    }));
    const filter = {
      includedEventTypes: ['Microsoft.Storage.BlobCreated'],
      subjectBeginsWith: needs[0]?.subjectBeginsWith,
    };
    expect(subscriptions).toEqual([{ filter, function: true }]);
  });
});

describeWithBicep('the apps of one side', () => {
  it('are given routes that the app takes as they are', async () => {
    const source = await predict('main.source.bicep', 'source.public.bicepparam');
    const target = await predict('main.target.bicep', 'target.china.bicepparam');
    const ofSource = routeSchema.parse(routesOf(source, KNOWN_CLOUDS.AzurePublic.blobSuffix)[0]);
    const ofTarget = routeSchema.parse(routesOf(target, KNOWN_CLOUDS.AzureChina.blobSuffix)[0]);
    expect(ofSource).toMatchObject({ name: 'public-to-china', serves: 'source' });
    expect([ofSource.target, ofTarget.source]).toEqual([undefined, undefined]);
    expect(ofSource.receiptKeys.sign).toEqual({ vault: expect.stringMatching(/^https:/), key: 'receipts' });
    expect(ofTarget).toMatchObject({ name: 'public-to-china', serves: 'target' });
    expect(ofTarget).toMatchObject({
      receipts: 'required',
      import: { auto: 'mirror', by: 'service', waitMinutes: 30 },
    });
    expect(Object.keys(settingsOf(target))).toContain('SIDE_PUBLIC_TO_CHINA_TARGET__queueServiceUri');
    expect(Object.keys(settingsOf(source)).filter((name) => name.startsWith('SIDE_'))).toEqual([]);
  });

  it('have the keys that the other side’s receipts must match, beside their own', async () => {
    const verify = [String(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export(SPKI))];
    const made = await predict('main.source.bicep', { ...SOURCE, routeOptions: { receiptKeys: { verify } } });
    const route = routeSchema.parse(routesOf(made, KNOWN_CLOUDS.AzurePublic.blobSuffix)[0]);
    expect(route.receiptKeys).toEqual({ sign: { vault: expect.any(String), key: 'receipts' }, verify });
  });
});

describeWithBicep('the output route', () => {
  const URL = 'https://hooks.contoso.example/T0/topsecret';
  const webhook = { url: URL, secret: { vault: 'https://contoso.vault.azure.net', name: 'hook' } };
  const routeOptions = { webhook, maxParallelBatches: 3 };
  const { source, ...app } = SOURCE;
  const side = { ...source, receiptKeyName: null };

  it.each([
    ['main.both.bicep', { ...app, source, target: side }],
    ['main.source.bicep', SOURCE],
    ['main.target.bicep', { ...app, target: side }],
  ])('of %s is the app’s without the webhook, whose URL may be secret', async (template, parameters) => {
    const made = await predict(template, { ...parameters, routeOptions });
    expect(String(settingsOf(made).ROUTES_JSON)).toContain(URL);
    expect(JSON.stringify(made.outputs)).not.toMatch(/webhook|topsecret/i);
    const { webhook: _, ...others } = routesOf(made, KNOWN_CLOUDS.AzurePublic.blobSuffix)[0] ?? {};
    expect(readLiteral(fill(String(made.outputs.route), KNOWN_CLOUDS.AzurePublic.blobSuffix))).toEqual(others);
  });
});

describeWithBicep('an app with a side in another cloud', () => {
  it('is given a route that the app takes, with the side that main.side.bicep made there', async () => {
    const target = {
      cloud: 'AzureChina',
      tenantId: TENANT,
      credential: { type: 'certificate', clientId: TENANT, vault: 'https://contoso.vault.azure.net', secret: 'abroad' },
      registry: registryOf('contosocn'),
      importPipeline: 'fromPublic',
      container: 'https://contosocn.blob.core.chinacloudapi.cn/transfer',
    };
    const made = await predict('main.source.bicep', { ...SOURCE, serves: 'both', target });
    const route = routeSchema.parse(routesOf(made, KNOWN_CLOUDS.AzurePublic.blobSuffix)[0]);
    expect(route).toMatchObject({ serves: 'both', target: { ...target, cloud: { name: 'AzureChina' } } });
    expect(route.target?.credential).toMatchObject({ identityClientId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const [need] = listBlobTriggerNeeds([route]);
    expect(settingsOf(made)).toMatchObject(need?.settings ?? { none: true });
  });

  it.each(['source', 'target'] as const)('has as %s what main.side.bicep gives out', async (kind) => {
    const credential = { type: 'federated', clientId: TENANT };
    const side = {
      ...SOURCE.source,
      receiptKeyName: null,
      sas: { kind: 'storedPolicy', days: 30, policy: 'transfer' },
    };
    const made = await predict('main.side.bicep', {
      namePrefix: 'acrtran',
      cloud: 'AzurePublic',
      kind,
      side,
      credential,
      applicationPrincipalId: TENANT,
    });
    const { sideOfRoute } = made.outputs as Record<string, string>;
    const read = readLiteral(fill(sideOfRoute ?? '', KNOWN_CLOUDS.AzurePublic.blobSuffix));
    const schema = routeSchema.shape[kind];
    expect(schema.parse(read)).toMatchObject({ credential, sas: { kind: 'storedPolicy', policy: 'transfer' } });
  });
});

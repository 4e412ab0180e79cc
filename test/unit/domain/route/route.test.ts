import { KNOWN_CLOUDS } from '../../../../src/domain/cloud.ts';
import { faultsOf } from '../../../../src/domain/problem.ts';
import { containerOf, pipelineIdOf, routeSchema, servedSides, sideOf } from '../../../../src/domain/route/route.ts';
import { twoSided } from '../../../support/two-sided.ts';
import { changed, registryId, SAMPLE_ROUTE } from '../sample-route.ts';

const ACCOUNT = registryId('contoso').replace(
  /Microsoft\.ContainerRegistry.*$/,
  'Microsoft.Storage/storageAccounts/contoso',
);

const OWN_CLOUD = {
  name: 'own',
  authorityHost: 'https://login.own.test',
  armEndpoint: 'https://management.own.test:8443',
  armAudience: 'https://management.own.test',
  vaultSuffix: 'vault.own.test',
  blobSuffix: 'blob.own.test',
  registrySuffix: 'azurecr.own.test',
  registryAudience: 'https://management.own.test',
};

function faults(input: unknown) {
  const parsed = routeSchema.safeParse(input);
  return parsed.success ? [] : faultsOf(parsed.error, input);
}

describe('routeSchema', () => {
  it('fills in what a route leaves out', () => {
    expect(routeSchema.parse(SAMPLE_ROUTE)).toMatchObject({
      serves: 'both',
      engine: 'pipelines',
      continueOnErrors: true,
      maxParallelBatches: 2,
      maxRunsPerRegistry: 20,
      maxSplitRuns: 100,
      run: { timeoutMinutes: 720 },
      copy: { mode: 'auto' },
      import: { auto: 'mirror', by: 'app', waitMinutes: 20 },
      receipts: 'optional',
      receiptKeys: {},
      retry: { attempts: 3, firstDelaySeconds: 30, factor: 2, maxDelaySeconds: 600, jitter: 0 },
      source: { sas: { kind: 'userDelegation', days: 6 } },
    });
  });

  it('fills in the rest of a part that is given', () => {
    const route = routeSchema.parse({ ...SAMPLE_ROUTE, retry: { attempts: 5 }, import: { auto: 'always' } });
    expect(route.retry).toEqual({ attempts: 5, firstDelaySeconds: 30, factor: 2, maxDelaySeconds: 600, jitter: 0 });
    expect(route.import).toEqual({ auto: 'always', by: 'app', waitMinutes: 20 });
  });

  it('is the same when what it made is read again', () => {
    const route = routeSchema.parse(SAMPLE_ROUTE);
    expect(routeSchema.parse(route)).toEqual(route);
  });

  it('knows clouds by name and takes the endpoints of any other', () => {
    const route = routeSchema.parse({
      ...SAMPLE_ROUTE,
      target: { ...SAMPLE_ROUTE.target, cloud: OWN_CLOUD, container: 'https://acct.blob.own.test/box' },
    });
    expect(route.source?.cloud).toEqual(KNOWN_CLOUDS.AzurePublic);
    expect(route.target?.cloud).toEqual(OWN_CLOUD);
  });

  it.each<[string, unknown, string, RegExp]>([
    ['name', 'Public', 'Public', /a-z, 0-9/],
    ['name', '-a', '-a', /inner hyphens/],
    ['name', 'a'.repeat(64), 'a'.repeat(64), /1 to 63/],
    ['name', undefined, 'nothing', /string/],
    ['serves', 'neither', 'neither', /both/],
    ['engine', 'pigeon', 'pigeon', /pipelines/],
    ['continueOnErrors', 'yes', 'yes', /boolean/],
    ['maxParallelBatches', 0, '0', />=1/],
    ['maxParallelBatches', 21, '21', /<=20/],
    ['maxParallelBatches', 1.5, '1.5', /int/],
    ['maxRunsPerRegistry', 0, '0', />=1/],
    ['maxRunsPerRegistry', 101, '101', /<=100/],
    ['maxSplitRuns', -1, '-1', />=0/],
    ['maxSplitRuns', 201, '201', /<=200/],
    ['retry.jitter', 1.1, '1.1', /<=1/],
    ['run.timeoutMinutes', 0, '0', />=1/],
    ['source', undefined, 'nothing', /a source, since serves is both/],
    ['target', undefined, 'nothing', /a target, since serves is both/],
    ['source.cloud', 'AzureMoon', 'AzureMoon', /AzurePublic, AzureUSGovernment, AzureChina/],
    ['source.cloud', undefined, 'nothing', /AzurePublic/],
    ['source.tenantId', 'contoso', 'contoso', /GUID/],
    ['source.credential.type', 'password', 'password', /managedIdentity, federated, certificate/],
    ['source.credential.clientId', 'x', 'x', /GUID/],
    ['source.registry', 'contoso.azurecr.io', 'contoso.azurecr.io', /\/subscriptions\/\{guid\}/],
    ['source.exportPipeline', 'to-china', 'to-china', /5 to 50 letters and digits/],
    ['target.importPipeline', undefined, 'nothing', /importPipeline, since the app imports/],
    ['target.registry', undefined, 'nothing', /registry, since the app imports/],
    ['source.container', 'transfer', 'transfer', /https:\/\/\{account\}\.blob\.core\.windows\.net\/\{container\}/],
    ['target.sas.days', 7, '7', /<=6/],
    ['target.sas.kind', 'password', 'password', /userDelegation, accountKey, account, storedPolicy/],
    ['copy.mode', 'fly', 'fly', /auto.*server.*stream/],
    ['import.by', 'magic', 'magic', /app.*service/],
    ['import.waitMinutes', -1, '-1', />=0/],
    ['receipts', 'perhaps', 'perhaps', /required.*optional/],
    ['import.auto', 'sometimes', 'sometimes', /mirror.*always.*never/],
    ['retry.attempts', 100, '100', /<=99/],
    ['retry.factor', 0.5, '0.5', />=1/],
  ])('names %s, that %j was found there, and what is allowed', (path, value, found, allowed) => {
    expect(faults(changed(SAMPLE_ROUTE, path, value))).toEqual([
      { path, found, allowed: expect.stringMatching(allowed) },
    ]);
  });

  it('refuses what is no public key', () => {
    expect(faults({ ...SAMPLE_ROUTE, receiptKeys: { verify: ['x'] } })).toEqual([
      { path: 'receiptKeys.verify[0]', found: 'x', allowed: 'a public key as PEM' },
    ]);
  });

  it.each<[object, string, string, RegExp]>([
    [{ kind: 'userDelegation', days: 6, policy: 'p' }, 'target.sas.policy', 'policy', /no such key/],
    [{ kind: 'accountKey', days: 400, account: ACCOUNT }, 'target.sas.days', '400', /<=365/],
    [{ kind: 'account', days: 30, account: 'contoso' }, 'target.sas.account', 'contoso', /storageAccounts\/\{name\}/],
    [{ kind: 'storedPolicy', days: 30, account: ACCOUNT }, 'target.sas.policy', 'nothing', /string/],
  ])('refuses tokens made by %j', (sas, path, found, allowed) => {
    expect(faults(changed(SAMPLE_ROUTE, 'target.sas', sas))).toEqual([
      { path, found, allowed: expect.stringMatching(allowed) },
    ]);
  });

  it('refuses a container of another cloud, and names the suffix of its own', () => {
    const route = changed(SAMPLE_ROUTE, 'target.container', SAMPLE_ROUTE.source.container);
    expect(faults(route)).toEqual([
      {
        path: 'target.container',
        found: SAMPLE_ROUTE.source.container,
        allowed: 'https://{account}.blob.core.chinacloudapi.cn/{container}',
      },
    ]);
  });

  it.each([
    'colour',
    'source.importPipeline',
    'source.credential.secret',
    'target.sas.account',
    'retry.wobble',
    'run.x',
    'copy.x',
    'import.x',
  ])('refuses the unknown key %s', (path) => {
    expect(faults(changed(SAMPLE_ROUTE, path, 'x'))).toEqual([
      { path, found: path.split('.').at(-1), allowed: 'no such key' },
    ]);
  });

  it('names the faults of both sides and of the rest at once', () => {
    const bad = ['name', 'source.tenantId', 'target.tenantId', 'source.registry', 'copy.mode'];
    const route = bad.reduce((value, path) => changed(value, path, 'x y'), SAMPLE_ROUTE as object);
    expect(
      faults(route)
        .map(({ path }) => path)
        .sort(),
    ).toEqual([...bad].sort());
  });

  it('never shows a signature that was written into a container', () => {
    const route = changed(SAMPLE_ROUTE, 'source.container', `${SAMPLE_ROUTE.source.container}?sp=rl&sig=topsecret`);
    expect(JSON.stringify(faults(route))).not.toContain('topsecret');
  });
});

describe('a route of which the app serves one side', () => {
  const { source, target, name } = SAMPLE_ROUTE;
  const { registry, importPipeline, ...reached } = target;

  it('needs no more than that side, and knows the other by its container at most', () => {
    const exporting = routeSchema.parse({ name, serves: 'source', source, target: reached });
    expect(servedSides(exporting)).toEqual(['source']);
    expect(sideOf(exporting, 'source').registry).toBe(registryId('contoso'));
    expect(() => sideOf(exporting, 'target')).toThrow(/serves source; its target side is another app's/);
    expect(() => pipelineIdOf(exporting, 'target')).toThrow(/another app's/);
    expect(faults({ name, serves: 'source', source })).toEqual([]);
    const importing = routeSchema.parse({ name, serves: 'target', target });
    expect(servedSides(importing)).toEqual(['target']);
    expect(pipelineIdOf(importing, 'target')).toContain('/importPipelines/fromPublic');
  });

  it('is refused with a source that the app does not serve, or without the side that it does', () => {
    expect(faults({ name, serves: 'target', source, target })).toMatchObject([
      { path: 'source', allowed: 'no source, since serves is target' },
    ]);
    expect(faults({ name, serves: 'source', target })).toMatchObject([
      { path: 'source', found: 'nothing', allowed: 'a source, since serves is source' },
    ]);
    expect(faults({ name, serves: 'target', target: reached })).toMatchObject([
      { path: 'target.registry' },
      { path: 'target.importPipeline' },
    ]);
  });
});

describe('what starts the transfers of a route, and who is told of their end', () => {
  const nightly = { name: 'nightly', cron: '0 0 3 * * *', artifacts: ['prod/**:*'] };
  const webhook = { url: 'https://example.org/x', secret: { vault: 'https://v1x.vault.azure.net', name: 'hook' } };

  it('have defaults', () => {
    const route = routeSchema.parse({ ...SAMPLE_ROUTE, schedules: [nightly], onPush: { artifacts: ['a:*'] }, webhook });
    expect(route.schedules).toEqual([{ ...nightly, options: {}, overlap: 'skip' }]);
    expect(route.onPush).toEqual({ artifacts: ['a:*'], gatherSeconds: 120, options: {} });
    expect(route.webhook?.events).toContain('CompletedWithErrors');
    expect(routeSchema.parse(SAMPLE_ROUTE).schedules).toEqual([]);
  });

  it.each([
    ['schedules', [{ ...nightly, cron: '0 0 25 * * *' }], 'schedules[0].cron'],
    ['schedules', [{ ...nightly, cron: '0 0 0 30 2 *' }], 'schedules[0].cron'],
    ['schedules', [{ ...nightly, cron: '0 0 0 * * 7' }], 'schedules[0].cron'],
    ['schedules', [{ ...nightly, cron: '01:00:00' }], 'schedules[0].cron'],
    ['schedules', [{ ...nightly, name: 'Nightly_1' }], 'schedules[0].name'],
    ['schedules', [nightly, nightly], 'schedules[1].name'],
    ['schedules', [{ ...nightly, artifacts: [] }], 'schedules[0].artifacts'],
    ['schedules', [{ ...nightly, artifacts: ['a b c'] }], 'schedules[0].artifacts[0]'],
    ['schedules', [{ ...nightly, options: { engine: 'x' } }], 'schedules[0].options.engine'],
    ['onPush', { artifacts: ['a:* newest 3'] }, 'onPush.artifacts[0]'],
    ['onPush', { artifacts: [`a@sha256:${'0'.repeat(64)}`] }, 'onPush.artifacts[0]'],
    ['onPush', { artifacts: [`a:v1@sha256:${'0'.repeat(64)}`] }, 'onPush.artifacts[0]'],
    ['onPush', { artifacts: ['a:*'], gatherSeconds: 0 }, 'onPush.gatherSeconds'],
    ['webhook', { ...webhook, url: 'http://example.org' }, 'webhook.url'],
    ['webhook', { ...webhook, url: 'https://me:pass@example.org' }, 'webhook.url'],
    ['webhook', { ...webhook, url: 'https://example.org#x' }, 'webhook.url'],
    ['webhook', { ...webhook, events: ['Done'] }, 'webhook.events[0]'],
    ['webhook', { ...webhook, secret: 'text' }, 'webhook.secret'],
  ])('%s %j is a fault at %s', (key, value, path) => {
    expect(faults({ ...SAMPLE_ROUTE, [key]: value }).map((fault) => fault.path)).toEqual([path]);
  });

  it('are none on the target side, but for the webhook', () => {
    const { name, target } = SAMPLE_ROUTE;
    const route = { name, serves: 'target', target, schedules: [nightly], onPush: { artifacts: ['a:*'] }, webhook };
    expect(faults(route).map(({ path }) => path)).toEqual(['schedules', 'onPush']);
  });
});

describe('containerOf', () => {
  it('gives the container of a side by its parts', () => {
    const route = twoSided(routeSchema.parse(SAMPLE_ROUTE));
    expect(containerOf(route.target)).toMatchObject({ account: 'contosocn', container: 'transfer' });
  });

  it('does not make one up', () => {
    const { source } = twoSided(routeSchema.parse(SAMPLE_ROUTE));
    expect(() => containerOf({ ...source, container: 'https://x' })).toThrow(/https:\/\/x is not in blob\.core/);
  });
});

describe('pipelineIdOf', () => {
  it('is the export pipeline of the source and the import pipeline of the target', () => {
    const route = routeSchema.parse(SAMPLE_ROUTE);
    expect(pipelineIdOf(route, 'source')).toBe(`${registryId('contoso')}/exportPipelines/toChina`);
    expect(pipelineIdOf(route, 'target')).toBe(`${registryId('contosocn')}/importPipelines/fromPublic`);
  });
});

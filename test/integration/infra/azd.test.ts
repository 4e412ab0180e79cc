import { existsSync, readFileSync } from 'node:fs';
import { describeWithBicep, ofType, predict, SUBSCRIPTION } from './bicep.ts';

const azure = readFileSync('azure.yaml', 'utf8');
const hook = readFileSync('infra/hooks/subscribe.sh', 'utf8');
const registry = (name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/${name}`;
const ENVIRONMENT = {
  AZURE_ENV_NAME: 'trial',
  AZURE_LOCATION: 'northeurope',
  NAME_PREFIX: 'trial',
  ROUTE_NAME: 'team-to-platform',
  ROUTE_OPTIONS: '{ "maxParallelBatches": 3 }',
  ALERT_EMAIL: 'a@contoso.example',
  SOURCE_REGISTRY_ID: registry('contoso'),
  TARGET_REGISTRY_ID: registry('platform'),
};

describe('azure.yaml', () => {
  it('names what npm run package leaves, and hooks that are there', () => {
    expect(azure).toMatch(/project: dist\/package\n {4}language: js\n {4}host: function\n/);
    expect(azure).toContain('run: npm ci && npm run package -- --without-routes');
    const scripts = [...azure.matchAll(/run: sh (\S+)/g)].map(([, path = '']) => path);
    expect(scripts).toEqual(['infra/hooks/subscribe.sh']);
    expect(scripts.filter((path) => !existsSync(path))).toEqual([]);
  });
});

describeWithBicep('azd up', () => {
  it('makes a group and the app in it, by the environment', async () => {
    const made = await predict('main.bicep', '../main.bicepparam', ENVIRONMENT);
    const groups = ofType(made, 'Microsoft.Resources/resourceGroups');
    expect(groups).toMatchObject([{ name: 'rg-trial', location: 'northeurope' }]);
    const [app, ...more] = ofType(made, 'Microsoft.Web/sites');
    expect(more).toEqual([]);
    expect(app?.id).toContain('/resourceGroups/rg-trial/');
    // By these tags azd finds the group and the app that azure.yaml calls `app`.
    expect(app).toMatchObject({
      location: 'northeurope',
      tags: { 'azd-env-name': 'trial', 'azd-service-name': 'app' },
    });
    const settings = JSON.stringify(ofType(made, 'Microsoft.Web/sites/config')[0]?.properties);
    for (const text of ['team-to-platform', 'maxParallelBatches', 'SIDE_TEAM_TO_PLATFORM_TARGET__blobServiceUri']) {
      expect(settings).toContain(text);
    }
    expect(ofType(made, 'Microsoft.Insights/actionGroups')).toHaveLength(1);
  });

  it('gives the hook all that it reads', async () => {
    const { outputs } = await predict('main.bicep', '../main.bicepparam', ENVIRONMENT);
    const read = [...hook.matchAll(/\$\{?([A-Z_]+)/g)].map(([, name]) => name);
    expect(read).toEqual(expect.arrayContaining(['APP_ID', 'TARGET_STORAGE_ACCOUNT_ID']));
    // `npm run routes:print`, which the hook runs, reads the routes.
    expect(Object.keys(outputs)).toEqual(expect.arrayContaining([...read, 'ROUTES_JSON']));
  });

  it('refuses what azd could not deploy', async () => {
    const premium = predict('main.bicep', '../main.bicepparam', { ...ENVIRONMENT, HOSTING_PLAN: 'elasticPremium' });
    await expect(premium).rejects.toThrow(/azd cannot deploy its package; allowed: flex, or main\.both\.bicep/);
  });
});

import { describeWithBicep, predict, SUBSCRIPTION } from './bicep.ts';

const registryOf = (name: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/${name}`;
const ACCOUNT = `/subscriptions/${SUBSCRIPTION}/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/shared`;
const side = (registry: string, change: object = {}) => ({
  registryId: registryOf(registry),
  location: 'x',
  pipelineName: `${registry}Pipeline`,
  ...change,
});
const COMMON = { namePrefix: 'acrtran', location: 'x', cloud: 'AzurePublic', routeName: 'a-to-b' };
const BOTH = { ...COMMON, source: side('contoso'), target: side('platform') };
const ONE = { ...COMMON, source: side('contoso') };
const TARGET = { ...COMMON, target: side('platform') };
const onOneAccount = (...containers: object[]) => ({
  ...BOTH,
  source: side('contoso', { storageAccountId: ACCOUNT, ...containers[0] }),
  target: side('platform', { storageAccountId: ACCOUNT.replace('shared', 'SHARED'), ...containers[1] }),
});

describeWithBicep('combinations that cannot work', () => {
  it.each<[string, string, Record<string, unknown>, RegExp]>([
    [
      'Flex with polling',
      'main.both.bicep',
      { ...BOTH, triggerSource: 'LogsAndContainerScan' },
      /Flex Consumption cannot poll/,
    ],
    [
      'Flex in China',
      'main.target.bicep',
      { ...TARGET, cloud: 'AzureChina' },
      /no Flex Consumption there; allowed: plan elasticPremium/,
    ],
    [
      'Flex with 2 instances',
      'main.source.bicep',
      { ...ONE, maximumInstances: 2 },
      /maximumInstances 2 with plan flex; allowed: 40 to 1000/,
    ],
    [
      'Elastic Premium with 40',
      'main.both.bicep',
      { ...BOTH, plan: 'elasticPremium', maximumInstances: 40 },
      /allowed: 1 to 20/,
    ],
    ['serves both without a target', 'main.source.bicep', { ...ONE, serves: 'both' }, /serves both without target/],
    ['two pipelines on one container', 'main.both.bicep', onOneAccount(), /one container of one storage account/],
    [
      'the same, by name',
      'main.both.bicep',
      onOneAccount({ container: 'a12' }, { container: 'a12' }),
      /one container of one/,
    ],
    [
      'a stand-alone pipeline by SAS token that names no secret',
      'templates/ExportPipeline.bicep',
      { registryName: 'contoso', exportPipelineName: 'toChina', targetUri: 'https://a/b' },
      /sasTokenSecretName/,
    ],
  ])('%s is refused, with what is allowed', async (_, template, parameters, sentence) => {
    await expect(predict(template, parameters)).rejects.toThrow(sentence);
  });

  it.each<[string, string, Record<string, unknown>]>([
    [
      'Elastic Premium in China, polling',
      'main.target.bicep',
      { ...TARGET, cloud: 'AzureChina', plan: 'elasticPremium', triggerSource: 'LogsAndContainerScan' },
    ],
    [
      'two containers of one account, most instances',
      'main.both.bicep',
      { ...onOneAccount({}, { container: 'other' }), maximumInstances: 1000 },
    ],
  ])('%s is not', async (_, template, parameters) => {
    await expect(predict(template, parameters)).resolves.toBeDefined();
  });
});

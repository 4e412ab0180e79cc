import { parseArmPath } from '../../../../local/arm/arm-path.ts';

const GROUP = '/subscriptions/S/resourceGroups/my%20group';
const REGISTRY = `${GROUP}/providers/Microsoft.ContainerRegistry/registries/reg`;
const registry = { subscriptionId: 'S', resourceGroup: 'my group', registryName: 'reg' };

describe('parseArmPath', () => {
  it.each([
    [REGISTRY, registry],
    [`${REGISTRY}/`, registry],
    [`${REGISTRY}/ExportPipelines`, { ...registry, type: 'exportPipelines' }],
    [`${REGISTRY}/pipelineruns/a_1`, { ...registry, type: 'pipelineRuns', name: 'a_1' }],
    [
      `${REGISTRY}/pipelineRuns/a_1/OperationStatuses/op`,
      { ...registry, type: 'pipelineRuns', name: 'a_1', operationId: 'op' },
    ],
    [`${REGISTRY}/importImage`, { ...registry, action: 'importimage' }],
    [`${REGISTRY}/listCredentials`, { ...registry, action: 'listcredentials' }],
    [`${GROUP}/providers/microsoft.containerregistry/registries`, { subscriptionId: 'S', resourceGroup: 'my group' }],
    ['/subscriptions/S/providers/Microsoft.ContainerRegistry/registries', { subscriptionId: 'S' }],
  ])('reads %s', (path, expected) => {
    expect(parseArmPath(path)).toEqual(expected);
  });

  it.each([
    '/',
    '/subscriptions/S',
    '/subscriptions/S/providers/Microsoft.ContainerRegistry/registries/reg',
    `${REGISTRY}/webhooks/one`,
    `${REGISTRY}/importPipelines/one/operationStatuses/op`,
    `${REGISTRY}/listCredentials/more`,
  ])('knows nothing of %s', (path) => {
    expect(parseArmPath(path)).toBeUndefined();
  });

  it('takes what is wrongly encoded as it is', () => {
    expect(parseArmPath(`${REGISTRY}/pipelineRuns/%E0%A4%A`)).toMatchObject({ name: '%E0%A4%A' });
  });
});

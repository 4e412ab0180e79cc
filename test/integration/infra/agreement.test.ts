import { localRoute } from '../../../local/app/environment.ts';
import { planPushSubscriptions, planSubscriptions } from '../../../local/app/subscribe.ts';
import { pipelineBody } from '../../../local/cloud/provision.ts';
import type { StorageAccess } from '../../../local/cloud/sample-roles.ts';
import { type CloudName, resourcesOf } from '../../../local/names.ts';
import { describeWithBicep, ofType, type PredictedResource, predict, SUBSCRIPTION } from './bicep.ts';

const OPTIONS = { source: ['OverwriteBlobs', 'ContinueOnErrors'], target: ['OverwriteTags', 'ContinueOnErrors'] };
const DIRECTION = { source: 'export', target: 'import' } as const;

/** The body that ARM is sent for a resource: what a deployment and a PUT have in common. */
function bodyOf(resource: PredictedResource | undefined) {
  return resource && { location: resource.location, identity: resource.identity, properties: resource.properties };
}

async function pipelineOf(template: string, cloud: CloudName, parameters: Record<string, unknown>) {
  const made = await predict(template, parameters);
  return ofType(made, `Microsoft.ContainerRegistry/registries/${DIRECTION[cloud]}Pipelines`);
}

function moduleParameters(cloud: CloudName, accessMode: StorageAccess) {
  const { registryName, pipelineName, containerUrl, vaultUrl, secretName } = resourcesOf(cloud);
  return {
    registryName,
    pipelineName,
    location: 'local',
    containerUrl,
    accessMode,
    secretUri: accessMode === 'SasToken' ? `${vaultUrl}/secrets/${secretName}` : '',
    options: OPTIONS[cloud],
    ...(cloud === 'target' ? { sourceTriggerStatus: 'Enabled' } : {}),
  };
}

describeWithBicep('the pipelines of the templates and of the local cloud', () => {
  const cases = (['source', 'target'] as const).flatMap((cloud) =>
    (['SasToken', 'ManagedIdentity'] as const).map((access) => [cloud, access] as const),
  );

  it.each(cases)('%s with %s: the module makes what the local cloud is put', async (cloud, access) => {
    const made = await pipelineOf(`modules/${DIRECTION[cloud]}-pipeline.bicep`, cloud, moduleParameters(cloud, access));
    const { registryName, pipelineName } = resourcesOf(cloud);
    expect(made.map(({ name }) => name)).toEqual([`${registryName}/${pipelineName}`]);
    expect(bodyOf(made[0])).toEqual(pipelineBody(cloud, access));
  });
});

describeWithBicep('the subscriptions of the templates and of the local cloud', () => {
  it('are the same but for the host and its key', async () => {
    const [local] = planSubscriptions(localRoute(), { url: 'http://127.0.0.1:1', blobsKey: 'key' });
    const functionName = local?.name.replace('-', '_') ?? '';
    const made = await predict('main.subscriptions.bicep', {
      storageAccountName: resourcesOf('target').account,
      appId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/app/providers/Microsoft.Web/sites/app`,
      blobTriggers: [{ functionName, container: resourcesOf('target').container }],
    });
    const [deployed, ...more] = ofType(made, 'Microsoft.EventGrid/systemTopics/eventSubscriptions');
    expect(more).toEqual([]);
    expect(deployed?.name.split('/').at(-1)).toBe(local?.name);
    const { filter, retryPolicy, destination } = deployed?.properties ?? {};
    expect([filter, retryPolicy]).toEqual([local?.filter, local?.retryPolicy]);
    // The template's expression has the function's name and the key as arguments.
    const webhook = decodeURI(local?.endpointUrl ?? '').replace('http://127.0.0.1:1', 'https://{0}');
    const expression = webhook.replace(functionName, '{1}').replace('code=key', 'code={2}');
    const { endpointUrl } = (destination as { properties: { endpointUrl: string } }).properties;
    expect(endpointUrl).toContain(`format('${expression}'`);
    expect(endpointUrl).toContain(`'${functionName}'`);
  });

  it('are the same for pushes', async () => {
    const onPush = { artifacts: ['**:*'] };
    const [local] = planPushSubscriptions(localRoute({ onPush }), { url: 'http://127.0.0.1:1', eventGridKey: 'key' });
    const made = await predict('main.push-subscriptions.bicep', {
      registryName: resourcesOf('source').registryName,
      appId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/app/providers/Microsoft.Web/sites/app`,
    });
    const [topic] = ofType(made, 'Microsoft.EventGrid/systemTopics');
    expect(String(topic?.properties.source)).toMatch(/registries\/srcregistry$/);
    const [deployed] = ofType(made, 'Microsoft.EventGrid/systemTopics/eventSubscriptions');
    const [ofApp, ofLocal] = [deployed?.name.split('/').at(-1), local?.name].map((name) => name?.replace(/-\w+$/, ''));
    expect([ofApp, ofLocal]).toEqual(['acr-transfer-gatherPush', 'acr-transfer-gatherPush']);
    const { filter, retryPolicy, destination } = deployed?.properties ?? {};
    expect([filter, retryPolicy]).toEqual([local?.filter, local?.retryPolicy]);
    const webhook = decodeURI(local?.endpointUrl ?? '').replace('http://127.0.0.1:1', 'https://{0}');
    const { endpointUrl } = (destination as { properties: { endpointUrl: string } }).properties;
    expect(endpointUrl).toContain(`format('${webhook.replace('code=key', 'code={1}')}'`);
  });
});

import { readFileSync } from 'node:fs';
import { pipelineBody } from '../../../local/cloud/provision.ts';
import { type CloudName, resourcesOf } from '../../../local/names.ts';
import { exportRequest, importRequest } from '../../../src/domain/batch/run-request.ts';
import { describeWithBicep, ofType, type PredictedResource, predict, SUBSCRIPTION } from './bicep.ts';

/** Parameters of the templates of ACR's own guide, and those that its templates have no name for. */
const OF_THE_GUIDE = {
  ExportPipeline: [
    'registryName',
    'exportPipelineName',
    'targetUri',
    'keyVaultName',
    'sasTokenSecretName',
    'options',
    'userAssignedIdentity',
  ],
  ImportPipeline: [
    'registryName',
    'importPipelineName',
    'sourceUri',
    'keyVaultName',
    'sasTokenSecretName',
    'options',
    'sourceTriggerStatus',
    'userAssignedIdentity',
  ],
  'PipelineRun-Export': [
    'registryName',
    'pipelineRunName',
    'pipelineResourceId',
    'targetName',
    'artifacts',
    'forceUpdateTag',
  ],
  'PipelineRun-Import': [
    'registryName',
    'pipelineRunName',
    'pipelineResourceId',
    'sourceName',
    'catalogDigest',
    'forceUpdateTag',
  ],
};
const BEYOND = { ExportPipeline: ['storageAccess', 'location'], ImportPipeline: ['storageAccess', 'location'] };

const TEMPLATES = { source: 'ExportPipeline', target: 'ImportPipeline' } as const;
const IDENTITY = `/subscriptions/${SUBSCRIPTION}/resourceGroups/ids/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mine`;

function parametersOf(cloud: CloudName, change: Record<string, unknown>) {
  const { registryName, pipelineName, containerUrl } = resourcesOf(cloud);
  const direction = cloud === 'source' ? 'export' : 'import';
  return {
    registryName,
    [`${direction}PipelineName`]: pipelineName,
    [cloud === 'source' ? 'targetUri' : 'sourceUri']: containerUrl,
    options: pipelineBody(cloud, 'SasToken').properties.options,
    location: 'local',
    ...change,
  };
}

async function makePipeline(cloud: CloudName, change: Record<string, unknown>) {
  const made = await predict(`templates/${TEMPLATES[cloud]}.bicep`, parametersOf(cloud, change));
  const type = cloud === 'source' ? 'exportPipelines' : 'importPipelines';
  const [pipeline] = ofType(made, `Microsoft.ContainerRegistry/registries/${type}`);
  return { pipeline, assignments: ofType(made, 'Microsoft.Authorization/roleAssignments') };
}

function bodyOf(resource: PredictedResource | undefined) {
  return resource && { location: resource.location, identity: resource.identity, properties: resource.properties };
}

/** A body without the suffix of the vault's host, which differs between clouds. */
function withoutSuffix(body: unknown): unknown {
  const text = JSON.stringify(body)
    .replace(
      /"\[format\('https:\/\/\{0\}\{1\}\/secrets\/\{2\}', '([^']+)', environment\(\)\.suffixes\.keyvaultDns, '([^']+)'\)\]"/,
      '"https://$1/secrets/$2"',
    )
    .replace(/"https:\/\/([a-z]+)\.vault\.(?:source|target)\.test\/secrets\//, '"https://$1/secrets/');
  return JSON.parse(text);
}

describe('the stand-alone templates', () => {
  it.each(Object.entries(OF_THE_GUIDE))('%s takes the parameters of the guide', (name, expected) => {
    const text = readFileSync(`infra/templates/${name}.bicep`, 'utf8');
    const names = [...text.matchAll(/^param (\w+)/gm)].map(([, found]) => found);
    const beyond: readonly string[] = (BEYOND as Record<string, string[]>)[name] ?? [];
    expect(names.sort()).toEqual([...expected, ...beyond].sort());
    if (expected.includes('forceUpdateTag')) expect(text).toContain('param forceUpdateTag string = utcNow()\n');
  });
});

describeWithBicep('the stand-alone templates, the local cloud and the app', () => {
  it.each(['source', 'target'] as const)('%s, ManagedIdentity: the pipeline is the local cloud’s', async (cloud) => {
    const { pipeline, assignments } = await makePipeline(cloud, { storageAccess: 'ManagedIdentity' });
    expect(bodyOf(pipeline)).toEqual(pipelineBody(cloud, 'ManagedIdentity'));
    expect(assignments).toEqual([]);
  });

  it.each(['source', 'target'] as const)('%s, SasToken: so it is, and may read its secret', async (cloud) => {
    const { vaultUrl, secretName } = resourcesOf(cloud);
    const keyVaultName = new URL(vaultUrl).hostname.split('.')[0];
    const { pipeline, assignments } = await makePipeline(cloud, { keyVaultName, sasTokenSecretName: secretName });
    expect(withoutSuffix(bodyOf(pipeline))).toEqual(withoutSuffix(pipelineBody(cloud, 'SasToken')));
    expect(assignments).toHaveLength(1);
    expect(assignments[0]?.id).toContain(`/vaults/${keyVaultName}'`);
    expect(String(assignments[0]?.properties.principalId)).toContain('Pipelines/');
  });

  it.each(['source', 'target'] as const)('%s: the identity that is given is the pipeline’s', async (cloud) => {
    const change = { storageAccess: 'ManagedIdentity', userAssignedIdentity: IDENTITY };
    const { pipeline } = await makePipeline(cloud, change);
    expect(pipeline?.identity).toEqual({ type: 'UserAssigned', userAssignedIdentities: { [IDENTITY]: {} } });
  });

  it('PipelineRun-Export asks for what the app asks for', async () => {
    const { registryName, pipelineId } = resourcesOf('source');
    const made = await predict('templates/PipelineRun-Export.bicep', {
      registryName,
      pipelineRunName: 'firstRun',
      pipelineResourceId: pipelineId,
      targetName: 'first.tar',
      artifacts: ['samples/hello:v1'],
      forceUpdateTag: 'once',
    });
    const request = exportRequest(pipelineId, 'first.tar', ['samples/hello:v1']);
    expect(made.predictedResources.map(({ name, properties }) => ({ name, properties }))).toEqual([
      { name: `${registryName}/firstRun`, properties: { forceUpdateTag: 'once', request } },
    ]);
  });

  it.each([`sha256:${'a'.repeat(64)}`, null])(
    'PipelineRun-Import asks for what the app asks for (%s)',
    async (digest) => {
      const { registryName, pipelineId } = resourcesOf('target');
      const made = await predict('templates/PipelineRun-Import.bicep', {
        registryName,
        pipelineRunName: 'firstRun',
        pipelineResourceId: pipelineId,
        sourceName: 'first.tar',
        forceUpdateTag: 'once',
        ...(digest === null ? {} : { catalogDigest: digest }),
      });
      const request = importRequest(pipelineId, 'first.tar', digest);
      expect(made.predictedResources.map(({ properties }) => properties)).toEqual([
        { forceUpdateTag: 'once', request },
      ]);
    },
  );
});

import { ContainerRegistryManagementClient } from '@azure/arm-containerregistry';
import {
  type ContainerRegistryManagementContext,
  createContainerRegistryManagement,
} from '@azure/arm-containerregistry/api';
import { ManagedIdentityCredential } from '@azure/identity';
import { createRestError, type PathUncheckedResponse } from '@azure-rest/core-client';
import { startArm } from '../../../local/arm/server.ts';
import { APP_IDENTITY, cloudObject, resourcesOf } from '../../../local/names.ts';
import { type LocalBase, startLocalBase } from '../../support/local-base.ts';

const { subscriptionId, resourceGroup, registryName, registryId, loginServer } = resourcesOf('source');
const endpoint = cloudObject('source').armEndpoint;
const EXPORT = {
  properties: { target: { uri: 'https://a.blob.source.test/c', storageAccessMode: 'ManagedIdentity' } },
};

let base: LocalBase;
let context: ContainerRegistryManagementContext;
let stable: ContainerRegistryManagementClient;
beforeAll(async () => {
  base = await startLocalBase();
  const { certificates, tokens, dir } = base;
  const login = { adminUsername: 'admin', adminPassword: 'secret', endpoint: 'http://127.0.0.1:1' };
  const registry = { id: registryId, cloud: 'source' as const, loginServer, location: 'local', ...login };
  const options = { port: 0, tls: certificates.tls, tokens, dir, registries: [registry], pageSize: 2 };
  const arm = await startArm({ ...options, executeRun: async () => ({ catalogDigest: 'sha256:00' }) });
  base.stopLater(arm);
  base.ports.set(new URL(endpoint).hostname, arm.port);
  const credential = new ManagedIdentityCredential({ clientId: APP_IDENTITY.clientId });
  const retryOptions = { maxRetries: 0 };
  context = createContainerRegistryManagement(credential, subscriptionId, {
    endpoint,
    apiVersion: '2025-06-01-preview',
    retryOptions,
  });
  stable = new ContainerRegistryManagementClient(credential, subscriptionId, { endpoint, retryOptions });
});
afterAll(() => base.stop());

function at(path: string) {
  return context.pathUnchecked(`${registryId}/${path}`);
}

/** The parts of a body that these tests read. */
interface Body {
  name: string;
  status: string;
  properties: { provisioningState: string; response: { status: string } };
  value: Body[];
  nextLink?: string;
}
const bodyOf = (answer: PathUncheckedResponse) => answer.body as Body;

describe("the SDK's own context", () => {
  it('makes a pipeline, reads it and pages through the list', async () => {
    for (const name of ['pipe1', 'pipe2', 'pipe3']) {
      const made = await at(`exportPipelines/${name}`).put({ body: EXPORT });
      expect([made.status, bodyOf(made).properties.provisioningState]).toEqual(['200', 'Succeeded']);
    }
    expect(bodyOf(await at('exportPipelines/pipe2').get()).name).toBe('pipe2');
    const first = bodyOf(await at('exportPipelines').get());
    const second = bodyOf(await context.pathUnchecked(first.nextLink ?? '').get());
    expect([...first.value, ...second.value].map(({ name }) => name)).toEqual(['pipe1', 'pipe2', 'pipe3']);
    expect(second.nextLink).toBeUndefined();
  });

  it('follows a run by its operation', async () => {
    const request = {
      pipelineResourceId: `${registryId}/exportPipelines/pipe1`,
      artifacts: ['samples/hello:v1'],
      target: { type: 'AzureStorageBlob', name: 'hello.tar' },
    };
    const made = await at('pipelineRuns/run01').put({ body: { properties: { request } } });
    expect(made.status).toBe('201');
    const operation = made.headers['azure-asyncoperation'] ?? '';
    expect(operation).toMatch(
      /^https:\/\/management\.source\.test\/.*\/operationStatuses\/pipelineruns-[0-9a-f-]{36}\?/,
    );
    let status = 'Running';
    while (status === 'Running') status = bodyOf(await context.pathUnchecked(operation).get()).status;
    expect(status).toBe('Succeeded');
    expect(bodyOf(await at('pipelineRuns/run01').get()).properties.response.status).toBe('Succeeded');
    expect((await at('pipelineRuns/run01').delete()).status).toBe('200');
    expect((await at('pipelineRuns/run01').delete()).status).toBe('204');
  });

  it('turns a refusal into an error with code, message and ids', async () => {
    const answer = await at('importPipelines/absent').get();
    const error = createRestError(answer);
    expect(error).toMatchObject({ statusCode: 404, code: 'ResourceNotFound' });
    expect(error.message).toContain('importPipelines/absent');
    expect(answer.headers['x-ms-correlation-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("the SDK's client of the stable version", () => {
  it('reads, lists and updates registries, and lists credentials', async () => {
    const found = await stable.registries.get(resourceGroup, registryName);
    expect([found.loginServer, found.sku.name]).toEqual([loginServer, 'Premium']);
    const names: (string | undefined)[] = [];
    for await (const { name } of stable.registries.list()) names.push(name);
    for await (const { name } of stable.registries.listByResourceGroup(resourceGroup)) names.push(name);
    expect(names).toEqual([registryName, registryName]);
    const { username } = await stable.registries.listCredentials(resourceGroup, registryName);
    expect(username).toBe('admin');
    const updated = await stable.registries.update(resourceGroup, registryName, { adminUserEnabled: false });
    expect(updated.adminUserEnabled).toBe(false);
  });
});

import { join } from 'node:path';
import { request as send } from 'undici';
import { startArm } from '../../../local/arm/server.ts';
import { cloudObject, resourcesOf, TENANT_ID } from '../../../local/names.ts';
import { createPipelineOperations, type PipelineOperations } from '../../../src/azure/arm/pipelines.ts';
import { createCredential } from '../../../src/azure/sign-in/credential.ts';
import { type LocalBase, startLocalBase } from '../../support/local-base.ts';

const resources = resourcesOf('source');
const cloud = cloudObject('source');
let base: LocalBase;
let operations: PipelineOperations;
/** Lets the runs that the ARM under test executes end. */
let release: () => void;
let settled: () => Promise<void>;

beforeAll(async () => {
  base = await startLocalBase();
  const { certificates, tokens, dir } = base;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { registryId: id, loginServer } = resources;
  const login = { adminUsername: 'admin', adminPassword: 'x', endpoint: 'http://127.0.0.1:1' };
  const arm = await startArm({
    port: 0,
    tls: certificates.tls,
    tokens,
    dir: join(dir, 'arm'),
    registries: [{ id, cloud: 'source', loginServer, location: 'local', ...login }],
    pageSize: 2,
    executeRun: async () => {
      await gate;
      return { catalogDigest: 'sha256:00' };
    },
  });
  settled = () => arm.settled();
  base.stopLater(arm);
  base.ports.set(new URL(cloud.armEndpoint).hostname, arm.port);
  const settings = { cloud, tenantId: TENANT_ID, credential: { type: 'managedIdentity' as const } };
  operations = createPipelineOperations({ ...settings, registry: id }, createCredential(settings), 'source');
  await putPipeline('exportPipelines', resources.pipelineName, { target: { uri: resources.containerUrl, ...access } });
  await putPipeline('importPipelines', 'fromOther', { source: { uri: resources.containerUrl, ...access } });
});
afterAll(async () => {
  release();
  await base.stop();
});

const access = { storageAccessMode: 'ManagedIdentity' };

/** The app never makes a pipeline; its user does. */
async function putPipeline(type: string, name: string, properties: object): Promise<void> {
  const token = base.tokens.mint({ aud: cloud.armAudience, oid: 'user' });
  const url = `${cloud.armEndpoint}${resources.registryId}/${type}/${name}?api-version=2025-06-01-preview`;
  const answer = await send(url, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      identity: { type: 'SystemAssigned' },
      properties: { ...properties, options: ['ContinueOnErrors'] },
    }),
  });
  if (answer.statusCode >= 300) throw new Error(`${answer.statusCode} ${await answer.body.text()}`);
  await answer.body.dump();
}

const exportOf = (forceUpdateTag: string) => ({
  request: {
    pipelineResourceId: resources.pipelineId,
    artifacts: ['samples/hello:v1'],
    target: { type: 'AzureStorageBlob', name: `${forceUpdateTag}.tar` },
  },
  forceUpdateTag,
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('pipelines by identity', () => {
  it('reads registry and pipelines', async () => {
    await expect(operations.getRegistry()).resolves.toMatchObject({
      loginServer: resources.loginServer,
      sku: 'Premium',
    });
    const expected = { options: ['ContinueOnErrors'], target: { uri: resources.containerUrl, ...access } };
    await expect(operations.getExportPipeline(resources.pipelineName)).resolves.toMatchObject({
      identity: { type: 'SystemAssigned', principalId: expect.any(String) },
      properties: expected,
    });
    expect((await all(operations.listExportPipelines())).map((each) => each.name)).toEqual([resources.pipelineName]);
    const [imports] = await all(operations.listImportPipelines());
    expect(imports?.properties.trigger?.sourceTrigger?.status).toBe('Enabled');
  });

  it('has nothing under a name that is not there', async () => {
    await expect(operations.getExportPipeline('absent')).resolves.toBeUndefined();
    await expect(operations.getImportPipeline('absent')).resolves.toBeUndefined();
    await expect(operations.getRun('absent')).resolves.toBeUndefined();
  });

  it('starts one run however often it is asked for, and follows it to its end', async () => {
    const first = await operations.putRun('follow1', exportOf('t1'));
    expect(first.run.properties.response?.status).toBe('Running');
    const again = await operations.putRun('follow1', exportOf('t1'));
    expect(again.run.properties.response?.startTime).toBe(first.run.properties.response?.startTime);
    if (first.operationUrl) {
      const operation = await operations.getOperation(first.operationUrl);
      expect(operation.status).not.toBe('Failed');
    }
    release();
    await settled();
    const ended = await operations.getRun('follow1');
    expect(ended?.run.properties.response).toMatchObject({ status: 'Succeeded', progress: { percentage: '100' } });
  });

  it('lists runs over pages, and deletes one, once or twice', async () => {
    for (const name of ['page1', 'page2', 'page3']) await operations.putRun(name, exportOf(name));
    const names = (await all(operations.listRuns())).map((run) => run.name);
    expect(names).toEqual(expect.arrayContaining(['page1', 'page2', 'page3']));
    await operations.deleteRun('page2');
    await operations.deleteRun('page2');
    expect((await all(operations.listRuns())).map((run) => run.name)).not.toContain('page2');
  });

  it('gives the service code of what it refuses', async () => {
    const request = { ...exportOf('t2').request, artifacts: Array.from({ length: 51 }, (_, index) => `a:${index}`) };
    await expect(operations.putRun('tooMany', { request, forceUpdateTag: 't' })).rejects.toMatchObject({
      class: 'service',
      side: 'source',
      code: expect.stringMatching(/^[A-Z]\w+$/),
    });
  });
});

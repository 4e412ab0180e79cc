import { createPipelineOperations, type PipelineOperations } from '../../../../src/azure/arm/pipelines.ts';
import { KNOWN_CLOUDS } from '../../../../src/domain/cloud.ts';
import { type FakeService, fixedCredential, type Reply, startFakeService } from '../fake-service.ts';

const registry =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/a (b)/providers/Microsoft.ContainerRegistry/registries/contoso';
const credential = fixedCredential();
let arm: FakeService;
let operations: PipelineOperations;

beforeAll(async () => {
  arm = await startFakeService();
  const cloud = { ...KNOWN_CLOUDS.AzurePublic, armEndpoint: arm.origin, armAudience: 'https://management.example' };
  operations = createPipelineOperations({ registry, cloud }, credential, 'source');
});
afterAll(() => arm.stop());
beforeEach(() => {
  arm.seen = [];
});

const run = (name: string, response: object = { status: 'Running' }) => ({
  id: `${registry}/pipelineRuns/${name}`,
  name,
  properties: { response, provisioningState: 'Creating' },
});
const failure = (code: string) => ({ error: { code, message: `because of ${code}` } });
const inTurn = (...replies: Reply[]) => {
  arm.reply = () => replies.shift() ?? { status: 500 };
};

describe('PipelineOperations.putRun', () => {
  const body = {
    request: { pipelineResourceId: `${registry}/exportPipelines/toChina`, artifacts: ['a:1'] },
    forceUpdateTag: 't/b0001/1',
  };

  it('sends one PUT with the preview API version, the ARM audience and the body, and returns', async () => {
    const operation = `${arm.origin}/operations/1?api-version=x`;
    inTurn({ status: 201, headers: { 'azure-asyncoperation': operation, 'retry-after': '5' }, body: run('e1') });
    const answer = await operations.putRun('e1', body);
    expect(answer).toMatchObject({ operationUrl: operation, retryAfterMs: 5000, run: { name: 'e1' } });
    expect(arm.seen).toHaveLength(1);
    expect(arm.seen[0]).toMatchObject({
      method: 'PUT',
      path: `${registry}/pipelineRuns/e1`,
      query: { 'api-version': '2025-06-01-preview' },
      headers: { authorization: 'Bearer entra-token', 'user-agent': expect.stringContaining('acr-transfer/') },
    });
    expect(JSON.parse(arm.seen[0]?.body ?? '')).toEqual({ properties: body });
    expect(new Set(credential.scopes)).toEqual(new Set(['https://management.example/.default']));
  });

  it('leaves out an operation URL of another origin', async () => {
    inTurn({ status: 201, headers: { 'azure-asyncoperation': 'https://elsewhere.test/1' }, body: run('e1') });
    expect((await operations.putRun('e1', body)).operationUrl).toBeUndefined();
  });

  it('gives a refusal with ids, class and the service code, naming what was attempted', async () => {
    inTurn({ status: 403, headers: { 'x-ms-correlation-request-id': 'c-9' }, body: failure('AuthorizationFailed') });
    await expect(operations.putRun('e1', body)).rejects.toMatchObject({
      class: 'access',
      code: 'AuthorizationFailed',
      correlationId: 'c-9',
      side: 'source',
      message: expect.stringContaining(`ask for the run on ${registry}/pipelineRuns/e1: 403`),
    });
  });

  it('passes a long Retry-After on at once instead of sleeping', async () => {
    inTurn({ status: 429, headers: { 'retry-after': '600' }, body: failure('TooManyRequests') });
    await expect(operations.putRun('e1', body)).rejects.toMatchObject({ class: 'transient', retryAfterMs: 600_000 });
    expect(arm.seen).toHaveLength(1);
  });

  it('tries again after a short Retry-After', async () => {
    inTurn({ status: 429, headers: { 'retry-after': '0' } }, { status: 200, body: run('e1') });
    await expect(operations.putRun('e1', body)).resolves.toMatchObject({ run: { name: 'e1' } });
    expect(arm.seen).toHaveLength(2);
  });
});

describe('PipelineOperations reads', () => {
  it('gives undefined for a missing pipeline or run, and an error for a missing group', async () => {
    arm.reply = () => ({ status: 404, body: failure('ResourceNotFound') });
    await expect(operations.getExportPipeline('toChina')).resolves.toBeUndefined();
    await expect(operations.getRun('e1')).resolves.toBeUndefined();
    await expect(operations.deleteRun('e1')).resolves.toBeUndefined();
    arm.reply = () => ({ status: 404, body: failure('ResourceGroupNotFound') });
    await expect(operations.getRun('e1')).rejects.toMatchObject({ code: 'ResourceGroupNotFound', class: 'service' });
  });

  it('puts enums into the documented spelling and carries unknown ones', async () => {
    const pipeline = {
      id: 'i',
      name: 'p',
      location: null,
      identity: { type: 'systemAssigned', principalId: 'x' },
      properties: {
        source: { uri: 'u', keyVaultUri: '', storageAccessMode: 'managedidentity' },
        trigger: { sourceTrigger: { status: 'disabled' } },
        options: ['overwritetags', 'NewOption'],
        provisioningState: 'Pondering',
      },
    };
    inTurn({ status: 200, body: pipeline });
    const found = await operations.getImportPipeline('p');
    expect(found).toMatchObject({
      identity: { type: 'SystemAssigned' },
      properties: {
        source: { storageAccessMode: 'ManagedIdentity' },
        trigger: { sourceTrigger: { status: 'Disabled' } },
        options: ['OverwriteTags', 'NewOption'],
        provisioningState: 'Pondering',
      },
    });
    expect(found?.location).toBeUndefined();
    expect(found?.properties.source.keyVaultUri).toBeUndefined();
  });

  it('says which field of an answer it does not understand', async () => {
    inTurn({ status: 200, body: { id: 'i', name: 'p', properties: {} } });
    await expect(operations.getExportPipeline('p')).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      message: expect.stringContaining('properties.target'),
    });
  });

  it('reads names that the service made', async () => {
    inTurn({ status: 200, headers: { 'x-ms-request-id': 'r-1' }, body: run('import_2026_11') });
    await expect(operations.getRun('import_2026_11')).resolves.toMatchObject({ correlationId: 'r-1' });
  });

  it('reads login server, tier and policies of the registry', async () => {
    const properties = { loginServer: 'contoso.azurecr.io', policies: { exportPolicy: { status: 'disabled' } } };
    inTurn({
      status: 200,
      body: { id: registry, name: 'contoso', sku: { name: 'premium', tier: 'Premium' }, properties },
    });
    await expect(operations.getRegistry()).resolves.toMatchObject({
      loginServer: 'contoso.azurecr.io',
      sku: 'Premium',
      exportPolicy: 'disabled',
    });
  });
});

describe('PipelineOperations.listRuns', () => {
  it('follows pages of its own origin', async () => {
    inTurn(
      { status: 200, body: { value: [run('a'), run('b')], nextLink: `${arm.origin}/next?$skipToken=1&api-version=y` } },
      { status: 200, body: { value: [run('c')], nextLink: null } },
    );
    const names: string[] = [];
    for await (const each of operations.listRuns()) names.push(each.name);
    expect(names).toEqual(['a', 'b', 'c']);
    expect(arm.seen[1]).toMatchObject({ path: '/next', query: { $skipToken: '1', 'api-version': 'y' } });
  });

  it('gives no token to a page elsewhere', async () => {
    const elsewhere = await startFakeService();
    try {
      inTurn({ status: 200, body: { value: [run('a')], nextLink: `${elsewhere.origin}/next` } });
      const list = async () => {
        for await (const each of operations.listRuns()) expect(each.name).toBe('a');
      };
      await expect(list()).rejects.toMatchObject({ code: 'FOREIGN_ORIGIN' });
      expect(elsewhere.seen).toHaveLength(0);
    } finally {
      await elsewhere.stop();
    }
  });
});

describe('PipelineOperations.getOperation', () => {
  it('gives status and error of its own operations', async () => {
    inTurn({ status: 200, body: { status: 'failed', error: { code: 'X', message: 'y' } } });
    await expect(operations.getOperation(`${arm.origin}/o/1`)).resolves.toEqual({
      status: 'Failed',
      error: { code: 'X', message: 'y' },
    });
  });

  it('takes 202 without a body for going on', async () => {
    inTurn({ status: 202 });
    await expect(operations.getOperation(`${arm.origin}/o/1`)).resolves.toMatchObject({ status: 'InProgress' });
  });

  it('refuses a URL of another origin before asking', async () => {
    await expect(operations.getOperation('https://elsewhere.test/o/1')).rejects.toMatchObject({
      code: 'FOREIGN_ORIGIN',
    });
    expect(arm.seen).toHaveLength(0);
  });
});

describe('PipelineOperations on a broken connection', () => {
  it('names a transient failure after its tries', async () => {
    arm.reply = () => 'cut';
    await expect(operations.getRun('e1')).rejects.toMatchObject({ class: 'transient', code: 'CONNECTION_FAILED' });
  });

  it('calls an answer that breaks off transient', async () => {
    arm.reply = () => ({ status: 200, headers: { 'content-length': '99' }, text: '{"id":', breaksOff: true });
    await expect(operations.getRun('e1')).rejects.toMatchObject({ class: 'transient', code: 'CONNECTION_FAILED' });
  });
});

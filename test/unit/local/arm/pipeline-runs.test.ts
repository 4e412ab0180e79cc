import type { ExecuteRun } from '../../../../local/arm/server.ts';
import { ArmFixture, EXPORT_PIPELINE, IMPORT_PIPELINE, SOURCE } from './arm-fixture.ts';

const EXPORT = `${SOURCE}/exportPipelines/toTarget`;
const IMPORT = `${SOURCE}/importPipelines/fromSource`;
const RUN = `${SOURCE}/pipelineRuns/run01`;
const DIGEST = `sha256:${'a'.repeat(64)}`;

const exportRequest = (request: object = {}, forceUpdateTag?: string) => ({
  properties: {
    request: {
      pipelineResourceId: EXPORT,
      artifacts: ['samples/hello:v1'],
      target: { type: 'AzureStorageBlob', name: 'hello.tar' },
      ...request,
    },
    ...(forceUpdateTag === undefined ? {} : { forceUpdateTag }),
  },
});
const importRequest = (request: object = {}) => ({
  properties: { request: { pipelineResourceId: IMPORT, source: { name: 'hello.tar' }, ...request } },
});

/** Executions under the test's control: each waits until it is told how to end. */
class Hands {
  readonly started: { name: string; end: (how: Awaited<ReturnType<ExecuteRun>> | Error) => void }[] = [];
  readonly execute: ExecuteRun = (run, signal, onProgress) =>
    new Promise((resolve, reject) => {
      onProgress(0.42);
      signal.addEventListener('abort', () => reject(signal.reason));
      const end = (how: Awaited<ReturnType<ExecuteRun>> | Error) => (how instanceof Error ? reject(how) : resolve(how));
      this.started.push({ name: run.name, end });
    });
}

const fixture = new ArmFixture();
let hands: Hands;
beforeEach(async () => {
  hands = new Hands();
  await fixture.start({ executeRun: hands.execute });
  await fixture.put(EXPORT, EXPORT_PIPELINE);
  await fixture.put(IMPORT, { ...IMPORT_PIPELINE, properties: { source: IMPORT_PIPELINE.properties.source } });
});
afterEach(() => fixture.stop());

async function end(how: Awaited<ReturnType<ExecuteRun>> | Error): Promise<void> {
  hands.started.at(-1)?.end(how);
  await fixture.arm?.settled();
}

const monitorOf = (answer: { headers: NodeJS.Dict<string | string[]> }) => {
  const url = new URL(String(answer.headers['azure-asyncoperation']));
  return fixture.get(url.pathname + url.search);
};

describe('an export run', () => {
  it('is made with 201, runs, and succeeds with what it gave', async () => {
    const made = await fixture.put(RUN, exportRequest({}, 'first'));
    expect(made.status).toBe(201);
    expect(made.headers['retry-after']).toBe('1');
    expect(made.body).toMatchObject({
      id: RUN,
      type: 'Microsoft.ContainerRegistry/registries/pipelineRuns',
      properties: {
        request: { pipelineResourceId: EXPORT, artifacts: ['samples/hello:v1'], target: { name: 'hello.tar' } },
        forceUpdateTag: 'first',
        response: {
          status: 'Running',
          progress: { percentage: '42' },
          startTime: expect.stringMatching(/\.\d{7}\+00:00$/),
          target: {
            type: 'AzureStorageBlob',
            uri: 'https://srcstore.blob.source.test/transfer/hello.tar',
            storageAccessMode: 'SasToken',
          },
        },
        provisioningState: 'Succeeded',
      },
    });
    expect((await monitorOf(made)).body.status).toBe('Running');
    await end({ catalogDigest: DIGEST });
    const { response, provisioningState } = (await fixture.get(RUN)).body.properties;
    expect(provisioningState).toBe('Succeeded');
    expect(response).toMatchObject({ status: 'Succeeded', progress: { percentage: '100' }, catalogDigest: DIGEST });
    expect(response.finishTime >= response.startTime).toBe(true);
    expect((await monitorOf(made)).body).toMatchObject({ status: 'Succeeded', endTime: response.finishTime });
  });

  it('fails with the message of what failed it, in state and monitor', async () => {
    const made = await fixture.put(RUN, exportRequest());
    await end(Object.assign(new Error('Failed to access storage.'), { code: 'StorageAccessFailed' }));
    const { response, provisioningState } = (await fixture.get(RUN)).body.properties;
    expect([response.status, provisioningState]).toEqual(['Failed', 'Failed']);
    expect(response.pipelineRunErrorMessage).toBe('Failed to access storage.');
    const error = { code: 'StorageAccessFailed', message: 'Failed to access storage.' };
    expect((await monitorOf(made)).body).toMatchObject({ status: 'Failed', error });
  });

  it('shows no secret in its message', async () => {
    await fixture.put(RUN, exportRequest());
    await end(new Error('https://srcstore.blob.source.test/transfer?sv=2020&sig=secret'));
    expect(JSON.stringify((await fixture.get(RUN)).body)).not.toContain('secret"');
    expect((await fixture.get(RUN)).body.properties.response.pipelineRunErrorMessage).toContain('sig=***');
  });

  it('succeeds with a message when a part did not arrive', async () => {
    await fixture.put(RUN, exportRequest());
    await end({ message: 'Not exported: samples/none:v1' });
    const { response } = (await fixture.get(RUN)).body.properties;
    expect([response.status, response.pipelineRunErrorMessage]).toEqual(['Succeeded', 'Not exported: samples/none:v1']);
  });

  it.each([
    ['no artifacts', { artifacts: [] }, 'properties.request.artifacts: found nothing'],
    ['51 artifacts', { artifacts: Array.from({ length: 51 }, (_, n) => `a:${n}`) }, "found '51 artifacts'"],
    ['a bad artifact', { artifacts: ['Upper:v1'] }, "found 'Upper:v1'"],
    ['no target', { target: { type: '', name: '' } }, 'properties.request.target.name: found nothing'],
    ['another type', { target: { type: 'Disk', name: 'x' } }, "properties.request.target.type: found 'Disk'"],
    ['no pipeline', { pipelineResourceId: '' }, 'properties.request.pipelineResourceId: found nothing'],
    ['a pipeline of no form', { pipelineResourceId: 'toTarget' }, "found 'toTarget'"],
    ['a missing pipeline', { pipelineResourceId: `${SOURCE}/exportPipelines/toNowhere` }, 'toNowhere'],
    ["another registry's pipeline", { pipelineResourceId: EXPORT.replace('srcregistry', 'other') }, 'other'],
  ])('is refused with %s', async (_, request, message) => {
    const answer = await fixture.put(RUN, exportRequest(request));
    expect([answer.status, answer.body.error.code]).toEqual([400, 'InvalidParameter']);
    expect(answer.body.error.message).toContain(message);
    expect(answer.body.error.message).toContain('allowed: ');
    expect(hands.started).toEqual([]);
  });

  it('takes 50 artifacts, a bare repository and a digest', async () => {
    const artifacts = ['repo', `repo@${DIGEST}`, ...Array.from({ length: 48 }, (_, n) => `a:${n}`)];
    expect((await fixture.put(RUN, exportRequest({ artifacts }))).status).toBe(201);
  });

  it("takes the vendor's template, which sends what it does not use as empty", async () => {
    const empty = { source: { type: '', name: '' }, catalogDigest: '' };
    const answer = await fixture.put(RUN, { location: 'westus', ...exportRequest(empty, '') });
    expect(answer.status).toBe(201);
    expect(answer.body.properties.forceUpdateTag).toBeUndefined();
  });
});

describe('an import run', () => {
  it('lists what it imported and shows the blob as its source', async () => {
    await fixture.put(RUN, importRequest({ artifacts: [], target: { type: '', name: '' }, catalogDigest: DIGEST }));
    await end({ importedArtifacts: ['samples/hello:v1'], catalogDigest: DIGEST });
    const { request, response } = (await fixture.get(RUN)).body.properties;
    expect(request.catalogDigest).toBe(DIGEST);
    expect(response).toMatchObject({ importedArtifacts: ['samples/hello:v1'], catalogDigest: DIGEST });
    expect(response.source.uri).toBe('https://srcstore.blob.source.test/transfer/hello.tar');
    expect(response.target).toBeUndefined();
  });

  it('is refused without a source', async () => {
    const answer = await fixture.put(RUN, importRequest({ source: {} }));
    expect(answer.body.error.message).toContain('properties.request.source.name: found nothing');
  });
});

describe('PUT of a run that is there', () => {
  it('answers the run and executes nothing for the same request, running or ended', async () => {
    const made = await fixture.put(RUN, exportRequest({}, 'one'));
    const running = await fixture.put(RUN, exportRequest({}, 'one'));
    expect([running.status, running.headers['azure-asyncoperation']]).toEqual([
      200,
      made.headers['azure-asyncoperation'],
    ]);
    await end(new Error('no'));
    const again = await fixture.put(RUN, exportRequest({}, 'one'));
    expect([again.status, again.body.properties.response.status]).toEqual([200, 'Failed']);
    expect(hands.started).toHaveLength(1);
  });

  it.each([
    ['another forceUpdateTag', exportRequest({}, 'two')],
    ['another request', exportRequest({ artifacts: ['samples/hello:v2'] }, 'one')],
  ])('executes it again in place for %s', async (_, body) => {
    const made = await fixture.put(RUN, exportRequest({}, 'one'));
    await end({ catalogDigest: DIGEST });
    const again = await fixture.put(RUN, body);
    expect([again.status, again.body.properties.response.status]).toEqual([200, 'Running']);
    expect(again.body.properties.response.catalogDigest).toBeUndefined();
    expect(again.headers['azure-asyncoperation']).not.toBe(made.headers['azure-asyncoperation']);
    expect(hands.started).toHaveLength(2);
    expect((await fixture.get(`${SOURCE}/pipelineRuns`)).body.value).toHaveLength(1);
  });

  it('is refused with 409 when it asks for something else while the run is running', async () => {
    await fixture.put(RUN, exportRequest({}, 'one'));
    const answer = await fixture.put(RUN, exportRequest({}, 'two'));
    expect([answer.status, answer.body.error.code]).toEqual([409, 'PipelineRunInProgress']);
    expect((await fixture.get(RUN)).body.properties.forceUpdateTag).toBe('one');
  });

  it('starts one run when the same PUT comes several times at once', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => fixture.put(RUN, exportRequest({}, 'one'))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect(hands.started).toHaveLength(1);
  });
});

describe('DELETE of a run', () => {
  it('drops the record: 200, then 204, then 404', async () => {
    await fixture.put(RUN, exportRequest());
    await end({});
    const statuses = [await fixture.ask('DELETE', RUN), await fixture.ask('DELETE', RUN), await fixture.get(RUN)];
    expect(statuses.map(({ status }) => status)).toEqual([200, 204, 404]);
  });

  it('ends a running one for good', async () => {
    await fixture.put(RUN, exportRequest());
    expect((await fixture.ask('DELETE', RUN)).status).toBe(200);
    await fixture.arm?.settled();
    await fixture.restart();
    expect((await fixture.get(RUN)).status).toBe(404);
    expect(hands.started).toHaveLength(1);
  });
});

describe('a restart of ARM', () => {
  it('takes up a run that was running from its beginning, as the same run', async () => {
    const made = await fixture.put(RUN, exportRequest({}, 'one'));
    await fixture.restart();
    expect(hands.started.map(({ name }) => name)).toEqual(['run01', 'run01']);
    await end({ catalogDigest: DIGEST });
    const { response } = (await fixture.get(RUN)).body.properties;
    expect(response.startTime).toBe(made.body.properties.response.startTime);
    expect(response.status).toBe('Succeeded');
    expect((await monitorOf(made)).body.status).toBe('Succeeded');
  });

  it('leaves ended runs alone', async () => {
    await fixture.put(RUN, exportRequest());
    await end({ catalogDigest: DIGEST });
    const before = await fixture.get(RUN);
    await fixture.restart();
    expect((await fixture.get(RUN)).body).toEqual(before.body);
    expect(hands.started).toHaveLength(1);
  });

  it('lets a run go on whose pipeline was deleted meanwhile', async () => {
    await fixture.put(RUN, exportRequest());
    await fixture.ask('DELETE', EXPORT);
    await fixture.restart();
    await end({});
    expect((await fixture.get(RUN)).body.properties.response.status).toBe('Succeeded');
  });
});

describe('faults on demand', () => {
  it('fail a run with their own message before it begins', async () => {
    const beforeRun = () => {
      throw { code: 'Mine', message: 'as asked' };
    };
    await fixture.restart({ executeRun: hands.execute, faults: { beforeRun } });
    const made = await fixture.put(RUN, exportRequest());
    await fixture.arm?.settled();
    expect((await monitorOf(made)).body.error).toEqual({ code: 'Mine', message: 'as asked' });
    expect(hands.started).toEqual([]);
  });

  it('know what the run is to do, and do not hold up a stop', async () => {
    const seen: unknown[] = [];
    const beforeRun = (run: unknown) => {
      seen.push(run);
      return new Promise<void>(() => undefined);
    };
    await fixture.restart({ executeRun: hands.execute, faults: { beforeRun } });
    await fixture.put(RUN, exportRequest());
    await fixture.arm?.stop();
    const asked = {
      id: RUN,
      name: 'run01',
      direction: 'export',
      artifacts: ['samples/hello:v1'],
      blobName: 'hello.tar',
    };
    expect(seen).toEqual([asked]);
  });
});

import { BEHAVIOR_VALUES, Behavior } from '../../../../local/arm/behavior.ts';
import type { ExecuteRun } from '../../../../local/arm/server.ts';
import { type Answer, ArmFixture, EXPORT_PIPELINE, IMPORT_PIPELINE, SOURCE } from './arm-fixture.ts';

const EXPORT = `${SOURCE}/exportPipelines/toTarget`;
const IMPORT = `${SOURCE}/importPipelines/fromSource`;
const RUN = `${SOURCE}/pipelineRuns/run01`;

const exportRun = (artifacts: string[] = ['a:v1'], forceUpdateTag = 'one') => ({
  properties: { request: { pipelineResourceId: EXPORT, artifacts, target: { name: 'a.tar' } }, forceUpdateTag },
});
const importRun = {
  properties: { request: { pipelineResourceId: IMPORT, source: { name: 'a.tar' }, catalogDigest: 'sha256:1' } },
};

/** Executions that go on until the test ends the latest one, or ARM all of them. */
let end: (how: Awaited<ReturnType<ExecuteRun>> | Error) => Promise<void>;
const ended: string[] = [];
const executeRun: ExecuteRun = (run, signal) =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      ended.push(run.forceUpdateTag ?? '');
      reject(signal.reason);
    });
    end = async (how) => {
      if (how instanceof Error) reject(how);
      else resolve(how);
      await fixture.arm?.settled();
    };
  });

const fixture = new ArmFixture();
beforeEach(async () => {
  ended.length = 0;
  await fixture.start({ executeRun });
  await fixture.put(EXPORT, EXPORT_PIPELINE);
  await fixture.put(IMPORT, { ...IMPORT_PIPELINE, properties: { source: IMPORT_PIPELINE.properties.source } });
});
afterEach(() => fixture.stop());

const behave = (change: object) => fixture.ask('PUT', '/local/behavior', { body: change });
const pathOf = (answer: Answer, header: string) => {
  const url = new URL(String(answer.headers[header]));
  return url.pathname + url.search;
};

describe('the switches', () => {
  it('have their first value until they are set, and again when they are replaced', async () => {
    const first = await fixture.get('/local/behavior');
    expect(first.body).toMatchObject({ newRunStatus: 201, importedArtifacts: 'tag' });
    await fixture.ask('PATCH', '/local/behavior', { body: { newRunStatus: 200 } });
    const second = await fixture.ask('PATCH', '/local/behavior', { body: { importedArtifacts: 'digest' } });
    expect(second.body).toMatchObject({ newRunStatus: 200, importedArtifacts: 'digest' });
    expect((await behave({ echoOfTag: 'absent' })).body).toEqual({ ...first.body, echoOfTag: 'absent' });
  });

  it('refuse what is no switch, or none of its values, naming those', async () => {
    const value = await behave({ existingBlob: 'vanishes' });
    expect([value.status, value.body.error.message]).toEqual([
      400,
      "existingBlob: found 'vanishes', allowed: fails, skipped.",
    ]);
    const name = await behave({ colour: 'red' });
    expect(name.status).toBe(400);
    for (const known of Object.keys(BEHAVIOR_VALUES)) expect(name.body.error.message).toContain(known);
    expect(() => new Behavior({ newRunStatus: 202 as 200 })).toThrow('allowed: 201, 200');
  });

  it('are not for everybody, and not for other paths', async () => {
    expect((await fixture.ask('GET', '/local/behavior', { headers: { authorization: '' } })).status).toBe(401);
    expect((await fixture.ask('DELETE', '/local/behavior')).status).toBe(405);
    expect((await fixture.get('/local/other')).status).toBe(501);
  });
});

describe('the PUT of a run', () => {
  it.each([201, 200])('answers %d with an operation to poll', async (newRunStatus) => {
    await behave({ newRunStatus });
    const made = await fixture.put(RUN, exportRun());
    expect([made.status, made.headers['retry-after']]).toEqual([newRunStatus, '1']);
    expect((await fixture.get(pathOf(made, 'azure-asyncoperation'))).body.status).toBe('Running');
  });

  it('may name a location instead, which answers 202, and at the end the run', async () => {
    await behave({ runMonitor: 'Location' });
    const made = await fixture.put(RUN, exportRun());
    expect(made.headers['azure-asyncoperation']).toBeUndefined();
    const location = pathOf(made, 'location');
    const waiting = await fixture.get(location);
    expect([waiting.status, waiting.headers['retry-after'], pathOf(waiting, 'location')]).toEqual([202, '1', location]);
    await end({});
    const over = await fixture.get(location);
    expect([over.status, over.body]).toEqual([200, (await fixture.get(RUN)).body]);
  });

  it('may name nothing to poll', async () => {
    await behave({ runMonitor: 'absent' });
    const { headers } = await fixture.put(RUN, exportRun());
    expect([headers['azure-asyncoperation'], headers.location, headers['retry-after']]).toEqual(
      Array(3).fill(undefined),
    );
  });

  it('may be all that the operation waits for', async () => {
    await behave({ monitorEnds: 'at once' });
    const made = await fixture.put(RUN, exportRun());
    expect((await fixture.get(pathOf(made, 'azure-asyncoperation'))).body.status).toBe('Succeeded');
    expect((await fixture.get(RUN)).body.properties.response.status).toBe('Running');
  });

  it('on a running run may replace it: the former execution ends, and only the new one counts', async () => {
    await behave({ putWhileRunning: 'replaces' });
    await fixture.put(RUN, exportRun());
    const again = await fixture.put(RUN, exportRun(['b:v1'], 'two'));
    expect([again.status, ended]).toEqual([200, ['one']]);
    await end({ catalogDigest: 'sha256:2' });
    const { forceUpdateTag, response } = (await fixture.get(RUN)).body.properties;
    expect([forceUpdateTag, response.status, response.catalogDigest]).toEqual(['two', 'Succeeded', 'sha256:2']);
  });

  it.each([
    ['no artifacts', []],
    ['51 artifacts', Array.from({ length: 51 }, (_, index) => `a:${index}`)],
    ['a malformed one', ['Upper:v1']],
  ])('with %s may be taken on', async (_, artifacts) => {
    expect((await fixture.put(RUN, exportRun(artifacts))).status).toBe(400);
    await behave({ badArtifacts: 'fail the run' });
    expect((await fixture.put(RUN, exportRun(artifacts))).status).toBe(201);
  });
});

describe('a run', () => {
  it('may show its provisioning state after its status', async () => {
    await behave({ provisioningState: 'follows status' });
    const made = await fixture.put(RUN, exportRun());
    expect(made.body.properties.provisioningState).toBe('Creating');
    await end({});
    expect((await fixture.get(RUN)).body.properties.provisioningState).toBe('Succeeded');
  });

  it('may show a status at first that is not in the specification', async () => {
    await behave({ firstStatus: 'Queued' });
    const made = await fixture.put(RUN, exportRun());
    expect(made.body.properties.response.status).toBe('Queued');
  });

  it.each([
    [
      'complete',
      { pipelineResourceId: IMPORT, source: { type: 'AzureStorageBlob', name: 'a.tar' }, catalogDigest: 'sha256:1' },
    ],
    ['partial', { pipelineResourceId: IMPORT }],
    ['absent', undefined],
  ])('echoes its request: %s', async (echoOfRequest, request) => {
    await behave({ echoOfRequest });
    expect((await fixture.put(RUN, importRun)).body.properties.request).toEqual(request);
  });

  it('may keep its tag to itself, and still know it', async () => {
    await behave({ echoOfTag: 'absent' });
    expect((await fixture.put(RUN, exportRun())).body.properties.forceUpdateTag).toBeUndefined();
    expect((await fixture.put(RUN, exportRun())).status).toBe(200);
    expect((await fixture.put(RUN, exportRun(['a:v1'], 'two'))).status).toBe(409);
  });

  it.each([
    ['detailed', 'a:v1 is missing', 'a:v1 is missing'],
    ['general', 'The pipeline run did not transfer all artifacts.', 'The pipeline run did not transfer all artifacts.'],
    ['absent', undefined, 'The pipeline run did not transfer all artifacts.'],
  ])('tells why it failed: %s', async (errorText, message, monitorMessage) => {
    await behave({ errorText });
    const made = await fixture.put(RUN, exportRun());
    await end(new Error('a:v1 is missing'));
    expect((await fixture.get(RUN)).body.properties.response.pipelineRunErrorMessage).toBe(message);
    const monitor = await fixture.get(pathOf(made, 'azure-asyncoperation'));
    expect(monitor.body.error.message).toBe(monitorMessage);
  });

  it.each([200, 202])('is deleted with %d, and then gone', async (runDeleteStatus) => {
    await behave({ runDeleteStatus });
    await fixture.put(RUN, exportRun());
    const deleted = await fixture.ask('DELETE', RUN);
    expect(deleted.status).toBe(runDeleteStatus);
    for (let status = runDeleteStatus; status === 202; ) {
      ({ status } = await fixture.get(pathOf(deleted, 'location')));
    }
    expect((await fixture.get(RUN)).status).toBe(404);
    expect((await fixture.ask('DELETE', RUN)).status).toBe(204);
  });
});

describe('the deletion of a pipeline of which a run is running', () => {
  it('may be refused until the run has ended', async () => {
    await behave({ pipelineInUse: 'refused' });
    await fixture.put(RUN, exportRun());
    const refused = await fixture.ask('DELETE', EXPORT);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'PipelineInUse']);
    await end({});
    expect((await fixture.ask('DELETE', EXPORT)).status).toBe(200);
  });
});

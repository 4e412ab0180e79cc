import { PIPELINE_VERSIONS } from '../../../../local/arm/api-versions.ts';
import { resourcesOf } from '../../../../local/names.ts';
import {
  ArmFixture,
  bearer,
  EXPORT_PIPELINE,
  FOREIGN_TOKENS,
  SAS_TARGET,
  SOURCE,
  send,
  TARGET,
  VERSION,
} from './arm-fixture.ts';

const fixture = new ArmFixture();
beforeAll(() => fixture.start());
afterAll(() => fixture.stop());

describe('who may ask', () => {
  it.each([
    ['no token', {}],
    ['nonsense', { authorization: 'Bearer nonsense' }],
    ['a token of the other cloud', { authorization: bearer('target') }],
  ])('refuses %s with 401 and the reason', async (_, headers) => {
    const answer = await send(
      { method: 'GET', port: fixture.arm?.port, path: `${SOURCE}?api-version=${VERSION}`, headers: { ...headers } },
      '',
    );
    expect(answer.status).toBe(401);
    expect(answer.body.error.code).toBe('InvalidAuthenticationToken');
    expect(answer.headers['www-authenticate']).toContain('login.source.test');
  });

  it("refuses another tenant's token with a code of its own", async () => {
    const authorization = `Bearer ${FOREIGN_TOKENS.mint({ aud: 'https://management.source.test', oid: 'caller' })}`;
    const { status, body } = await fixture.ask('GET', SOURCE, { headers: { authorization } });
    expect([status, body.error.code]).toEqual([401, 'InvalidAuthenticationTokenTenant']);
    expect(body.error.message).toContain(`from the wrong issuer '${FOREIGN_TOKENS.issuer}'`);
  });

  it('finds no subscription of the target under the host name of the source', async () => {
    const answer = await fixture.ask('GET', TARGET, { host: 'management.source.test', cloud: 'source' });
    expect(answer.status).toBe(404);
    expect(answer.body.error.code).toBe('SubscriptionNotFound');
  });

  it('answers for a registry under its cloud host name and on loopback', async () => {
    const byName = await fixture.ask('GET', TARGET, { host: 'management.target.test' });
    const byLoopback = await fixture.get(TARGET);
    expect([byName.status, byLoopback.status]).toEqual([200, 200]);
    expect(byName.body.properties.loginServer).toBe('tgtregistry.azurecr.target.test');
  });
});

describe('what every answer has', () => {
  it('has fresh ids, the versions, and the client id only when asked for', async () => {
    const headers = { 'x-ms-client-request-id': 'mine' };
    const first = await fixture.ask('GET', SOURCE, { headers });
    const asked = { ...headers, 'x-ms-return-client-request-id': 'true' };
    const second = await fixture.ask('GET', `${SOURCE}/nothing`, { headers: asked });
    expect(first.headers['x-ms-request-id']).not.toBe(second.headers['x-ms-request-id']);
    expect(first.headers['x-ms-correlation-request-id']).not.toBe(second.headers['x-ms-correlation-request-id']);
    expect(first.headers['api-supported-versions']).toContain(VERSION);
    expect(first.headers['x-ms-client-request-id']).toBeUndefined();
    expect(second.headers['x-ms-client-request-id']).toBe('mine');
  });
});

describe('api-versions', () => {
  it('requires one', async () => {
    const answer = await fixture.get(`${SOURCE}?x=1`);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'MissingApiVersionParameter']);
  });

  it.each(['2025-11-01', '2025-04-01', '2099-01-01-preview'])('has no pipelines in %s', async (version) => {
    const answer = await fixture.get(`${SOURCE}/exportPipelines?api-version=${version}`);
    expect([answer.status, answer.body.error.code]).toEqual([400, 'NoRegisteredProviderFound']);
    expect(answer.body.error.message).toContain("type 'registries/exportPipelines'");
  });

  it.each(PIPELINE_VERSIONS)('has pipelines and runs in %s, with the properties of its time', async (version) => {
    const query = `?api-version=${version}`;
    const name = `${SOURCE}/exportPipelines/versions`;
    const made = await fixture.put(`${name}${query}`, EXPORT_PIPELINE);
    expect(made.status).toBe(200);
    expect(made.body.systemData === undefined).toBe(version === '2019-12-01-preview');
    const { storageAccessMode } = made.body.properties.target;
    expect(storageAccessMode).toBe(version < '2025-06' ? undefined : 'SasToken');
    const { body } = await fixture.get(`${SOURCE}/exportPipelines${query}`);
    expect(body).toEqual({ value: [made.body] });
    const target = { name: 'a.tar' };
    const request = { pipelineResourceId: name, artifacts: ['a:v1'], target };
    const run = await fixture.put(`${SOURCE}/pipelineRuns/run${version.slice(0, 4)}${query}`, {
      properties: { request },
    });
    expect([200, 201]).toContain(run.status);
    expect(run.body.systemData === undefined).toBe(version === '2019-12-01-preview');
    const registry = (await fixture.get(`${SOURCE}${query}`)).body;
    expect('exportPolicy' in registry.properties.policies).toBe(version >= '2021-06');
  });

  it('takes back to SasToken what a version without storageAccessMode puts again', async () => {
    const name = `${SOURCE}/exportPipelines/oldClient`;
    const byIdentity = { properties: { target: { ...SAS_TARGET, storageAccessMode: 'ManagedIdentity' } } };
    await fixture.put(name, byIdentity);
    expect((await fixture.put(`${name}?api-version=2019-12-01-preview`, EXPORT_PIPELINE)).status).toBe(200);
    const { target } = (await fixture.get(name)).body.properties;
    expect(target).toEqual({ ...SAS_TARGET, storageAccessMode: 'SasToken' });
  });

  it('has registries in a stable version', async () => {
    expect((await fixture.get(`${SOURCE}?api-version=2025-11-01`)).status).toBe(200);
  });
});

describe('what is not emulated', () => {
  const { subscriptionId } = resourcesOf('source');
  it.each([
    ['GET', `/subscriptions/${subscriptionId}/resourceGroups`],
    ['POST', `${SOURCE}/scheduleRun`],
    ['GET', `${SOURCE}/replications`],
    ['GET', `${SOURCE}/exportPipelines/toTarget/operationStatuses/x`],
    ['DELETE', SOURCE],
    ['PUT', SOURCE.replace('srcregistry', 'another')],
  ])('answers %s %s with 501 and its name', async (method, path) => {
    const answer = await fixture.ask(method, path, method === 'PUT' ? { body: {} } : {});
    expect([answer.status, answer.body.error.code]).toEqual([501, 'NotEmulated']);
    expect(answer.body.error.message).toContain(method);
  });

  it('answers a method that a resource does not have with 405', async () => {
    expect((await fixture.ask('PATCH', `${SOURCE}/exportPipelines/toTarget`, { body: {} })).status).toBe(405);
  });
});

describe('resources that are missing', () => {
  it.each([
    [SOURCE.replace('srcregistry', 'another'), 'ResourceNotFound'],
    [SOURCE.replace('/transfer/', '/other/'), 'ResourceGroupNotFound'],
    [`${SOURCE}/exportPipelines/toNowhere`, 'ResourceNotFound'],
    [`${SOURCE}/pipelineRuns/run_1`, 'ResourceNotFound'],
  ])('answers GET %s with 404 %s', async (path, code) => {
    const answer = await fixture.get(path);
    expect([answer.status, answer.body.error.code]).toEqual([404, code]);
  });

  it('makes no pipeline in a registry that is not there', async () => {
    const answer = await fixture.put(`${SOURCE.replace('srcregistry', 'another')}/exportPipelines/toTarget`, {});
    expect([answer.status, answer.body.error.code]).toEqual([404, 'ParentResourceNotFound']);
  });
});

describe('a body that is not JSON', () => {
  it('is refused with 400', async () => {
    const options = { method: 'PUT', port: fixture.arm?.port, headers: { authorization: bearer('source') } };
    const path = `${SOURCE}/exportPipelines/toTarget?api-version=${VERSION}`;
    const answer = await send({ ...options, path }, '{');
    expect([answer.status, answer.body.error.code]).toEqual([400, 'InvalidRequestContent']);
  });
});

describe('ids in another case', () => {
  it('name the same pipeline, whose id keeps its first form', async () => {
    await fixture.put(`${SOURCE}/exportPipelines/CaseTest`, EXPORT_PIPELINE);
    const path = `${SOURCE.toLowerCase()}/exportpipelines/casetest`;
    const answer = await fixture.get(path);
    expect(answer.body.id).toBe(`${SOURCE}/exportPipelines/CaseTest`);
  });
});

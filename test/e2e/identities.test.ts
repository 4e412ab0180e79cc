import { setTimeout as sleep } from 'node:timers/promises';
import { resourcesOf } from '../../local/names.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const API = 'api-version=2025-06-01-preview';
const SOURCE = resourcesOf('source');
const CONTRIBUTOR = 'Storage Blob Data Contributor';
let cloud: TestStack;

beforeAll(async () => {
  cloud = await startTestStack();
  await pushImage(cloud.stack.registry('source'), 'team/app', 'v1', buildImage({ seed: 11, layerSizes: [1000] }));
});
afterAll(() => cloud?.stop());

/** Asks ARM for something of the source's registry, as the platform team. */
async function arm<T>(method: 'GET' | 'PUT' | 'PATCH' | 'POST', path: string, body?: object): Promise<T> {
  const answer = await cloud.operator.arm('source', method, `${SOURCE.registryId}${path}?${API}`, body);
  return answer.body as T;
}

describe('the admin user of a registry', () => {
  interface Credentials {
    username: string;
    passwords: { name: string; value: string }[];
  }

  /** Status of `/v2/`, and of an access token asked for, by user name and password. */
  async function signIn(username: string, password: string): Promise<number[]> {
    const host = `127.0.0.1:${cloud.stack.ports.registrySource}`;
    const headers = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
    const token = `/oauth2/token?service=${host}&scope=repository:team/app:pull`;
    return Promise.all(['/v2/', token].map(async (path) => (await fetch(`http://${host}${path}`, { headers })).status));
  }

  it('signs in with the passwords that ARM has made, and no longer with those before', async () => {
    const { username, passwords } = await arm<Credentials>('POST', '/listCredentials');
    const first = passwords[0]?.value ?? '';
    expect(first).toBe(cloud.stack.certificates.secrets.adminPassword);
    expect(await signIn(username, first)).toEqual([200, 200]);
    await arm('POST', '/regenerateCredential', { name: 'password' });
    const after = await arm<Credentials>('POST', '/regenerateCredential', { name: 'password2' });
    expect(await signIn(username, first)).toEqual([401, 401]);
    for (const { value } of after.passwords) expect(await signIn(username, value)).toEqual([200, 200]);
  });

  it('that is disabled signs in with none, and runs go on', async () => {
    const { username, passwords } = await arm<Credentials>('POST', '/listCredentials');
    await arm('PATCH', '', { properties: { adminUserEnabled: false } });
    for (const { value } of passwords) expect(await signIn(username, value)).toEqual([401, 401]);
    const { state } = await cloud.transfer(['team/app:v1']);
    expect(state).toBe('Succeeded');
    await arm('PATCH', '', { properties: { adminUserEnabled: true } });
    expect(await signIn(username, passwords[0]?.value ?? '')).toEqual([200, 200]);
  });
});

describe('the usages of a registry', () => {
  it('count the bytes that it holds', async () => {
    const { value } = await arm<{ value: { name: string; currentValue: number }[] }>('GET', '/listUsages');
    const [size] = value;
    expect(size?.name).toBe('Size');
    expect(size?.currentValue).toBeGreaterThan(1000);
  });
});

describe('a pipeline with a user-assigned identity', () => {
  const IDENTITY = `${SOURCE.resourceGroupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mover`;
  const PIPELINE = '/exportPipelines/byUser';

  interface Run {
    properties: { response: { status: string; pipelineRunErrorMessage?: string } };
  }

  async function run(name: string): Promise<Run['properties']['response']> {
    const target = { type: 'AzureStorageBlob', name: `${name}.tar` };
    const request = { pipelineResourceId: `${SOURCE.registryId}${PIPELINE}`, artifacts: ['team/app:v1'], target };
    await arm('PUT', `/pipelineRuns/${name}`, { properties: { request } });
    for (;;) {
      const { response } = (await arm<Run>('GET', `/pipelineRuns/${name}`)).properties;
      if (response.status !== 'Running') return response;
      await sleep(50);
    }
  }

  it('does what the roles of that identity allow, and is refused by storage without them', async () => {
    const store = { uri: SOURCE.containerUrl, storageAccessMode: 'ManagedIdentity' };
    const identity = { type: 'UserAssigned', userAssignedIdentities: { [IDENTITY]: {} } };
    const made = await arm<{ identity: { userAssignedIdentities: Record<string, { principalId: string }> } }>(
      'PUT',
      PIPELINE,
      { identity, properties: { target: store } },
    );
    const { principalId = '' } = made.identity.userAssignedIdentities[IDENTITY] ?? {};
    const refused = await run('refused');
    expect(refused.status).toBe('Failed');
    expect(refused.pipelineRunErrorMessage).toMatch(/Status: 403 .*AuthorizationPermissionMismatch/);
    await cloud.operator.assign('source', principalId, CONTRIBUTOR, SOURCE.containerId);
    expect(await run('allowed')).toMatchObject({ status: 'Succeeded' });
    const [call] = await cloud.calls({ service: 'blob', identity: principalId, path: '*/allowed.tar', method: 'PUT' });
    expect(call?.status).toBe(201);
    await cloud.operator.unassign('source', principalId, CONTRIBUTOR, SOURCE.containerId);
    expect((await run('taken')).status).toBe('Failed');
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { ManagedIdentityCredential } from '@azure/identity';
import { ContainerRegistryManagementClient } from 'arm-containerregistry-2019';
import { type ArmBehavior, BEHAVIOR_VALUES } from '../../../local/arm/behavior.ts';
import { type RunningArm, type RunResult, startArm } from '../../../local/arm/server.ts';
import { APP_IDENTITY, cloudObject, resourcesOf } from '../../../local/names.ts';
import { type LocalBase, startLocalBase } from '../../support/local-base.ts';

const { subscriptionId, resourceGroup, registryName, registryId, loginServer } = resourcesOf('source');
const baseUri = cloudObject('source').armEndpoint;
const STORE = { uri: 'https://a.blob.source.test/c', keyVaultUri: 'https://v.vault.source.test/secrets/s' };
const IDENTITY = { type: 'SystemAssigned' } as const;

let base: LocalBase;
let arm: RunningArm;
let client: ContainerRegistryManagementClient;
/** Ends the runs that are under way, and lets those that follow end at once. */
let release: (result?: RunResult | Error) => void;
let gate: Promise<RunResult>;
let gets = 0;
let runs = 0;

function closeGate(): void {
  const opening = Promise.withResolvers<RunResult>();
  gate = opening.promise;
  gate.catch(() => undefined);
  release = (result = { catalogDigest: 'sha256:00' }) =>
    result instanceof Error ? opening.reject(result) : opening.resolve(result);
}

beforeAll(async () => {
  base = await startLocalBase();
  const { certificates, tokens, dir } = base;
  const login = { adminUsername: 'admin', adminPassword: 'secret', endpoint: 'http://127.0.0.1:1' };
  const registry = { id: registryId, cloud: 'source' as const, loginServer, location: 'local', ...login };
  const options = { port: 0, tls: certificates.tls, tokens, dir, registries: [registry], pageSize: 2 };
  arm = await startArm({
    ...options,
    executeRun: () => gate,
    around: (handler) => (request, response, url) => {
      if (request.method === 'GET') gets += 1;
      return handler(request, response, url);
    },
  });
  base.stopLater(arm);
  base.ports.set(new URL(baseUri).hostname, arm.port);
  const identity = new ManagedIdentityCredential({ clientId: APP_IDENTITY.clientId });
  // Of itself it asks for tokens of the public cloud only.
  const credential = { getToken: () => identity.getToken(`${baseUri}/.default`) };
  client = new ContainerRegistryManagementClient(credential, subscriptionId, {
    baseUri,
    longRunningOperationRetryTimeout: 0,
  });
  await client.exportPipelines.create(resourceGroup, registryName, 'exporter', { identity: IDENTITY, target: STORE });
});
beforeEach(() => {
  closeGate();
  runs += 1;
});
afterEach(async () => {
  release();
  await arm.settled();
  arm.setBehavior(Object.fromEntries(Object.entries(BEHAVIOR_VALUES).map(([name, [first]]) => [name, first])));
});
afterAll(() => base.stop());

function create(name = `run${String(runs).padStart(3, '0')}`) {
  const request = {
    pipelineResourceId: `${registryId}/exportPipelines/exporter`,
    artifacts: ['samples/hello:v1'],
    target: { type: 'AzureStorageBlob' as const, name: `${name}.tar` },
  };
  return client.pipelineRuns.create(resourceGroup, registryName, name, { request });
}

describe('pipelines, by the management SDK of 2019-12-01-preview', () => {
  it('are made, read, listed page by page and deleted; without what later versions added', async () => {
    const source = { type: 'AzureStorageBlobContainer', ...STORE } as const;
    for (const name of ['import1', 'import2', 'import3']) {
      const made = await client.importPipelines.create(resourceGroup, registryName, name, {
        identity: IDENTITY,
        source,
        options: ['OverwriteTags'],
      });
      expect(made).toMatchObject({ name, provisioningState: 'Succeeded', source, options: ['OverwriteTags'] });
      expect(made.identity?.principalId).toMatch(/^[0-9a-f-]{36}$/);
      expect(made.trigger).toEqual({ sourceTrigger: { status: 'Enabled' } });
    }
    const got = await client.importPipelines.get(resourceGroup, registryName, 'import2');
    expect(JSON.parse(got._response.bodyAsText)).not.toHaveProperty('systemData');
    expect(got._response.bodyAsText).not.toContain('storageAccessMode');
    const first = await client.importPipelines.list(resourceGroup, registryName);
    const second = await client.importPipelines.listNext(first.nextLink ?? '');
    expect([...first, ...second].map(({ name }) => name)).toEqual(['import1', 'import2', 'import3']);
    expect(second.nextLink).toBeUndefined();
    for (const times of ['there', 'gone']) {
      const answer = await client.importPipelines.deleteMethod(resourceGroup, registryName, 'import3');
      expect(answer._response.status).toBe(times === 'there' ? 200 : 204);
    }
    await expect(client.importPipelines.get(resourceGroup, registryName, 'import3')).rejects.toMatchObject({
      statusCode: 404,
      code: 'ResourceNotFound',
    });
  });

  it('of either kind are made only with a vault', async () => {
    const target = { uri: STORE.uri } as typeof STORE;
    // The SDK itself refuses it before it asks anybody.
    const made = client.exportPipelines.create(resourceGroup, registryName, 'noVault', { target });
    await expect(made).rejects.toThrow('target.keyVaultUri cannot be null or undefined');
    const pipelines = await client.exportPipelines.list(resourceGroup, registryName);
    expect(pipelines.map(({ name }) => name)).toEqual(['exporter']);
  });
});

type Switches = Pick<ArmBehavior, 'newRunStatus' | 'runMonitor' | 'monitorEnds' | 'provisioningState'>;

/** Every combination of the switches that the poller of this SDK sees. */
function combinations(): Switches[] {
  const { newRunStatus, runMonitor, monitorEnds, provisioningState } = BEHAVIOR_VALUES;
  return newRunStatus.flatMap((status) =>
    runMonitor.flatMap((monitor) =>
      monitorEnds.flatMap((ends) =>
        provisioningState.map((state) => ({
          newRunStatus: status,
          runMonitor: monitor,
          monitorEnds: ends,
          provisioningState: state,
        })),
      ),
    ),
  );
}

/**
 * What decides whether `pipelineRuns.create` waits: its poller believes `provisioningState` of the first answer, whatever
 * monitor it names; then the monitor, and without one `provisioningState` of the run.
 */
function waits({ runMonitor, monitorEnds, provisioningState }: Switches): boolean {
  return provisioningState === 'follows status' && (runMonitor === 'absent' || monitorEnds === 'with the run');
}

const title = (switches: Switches) => Object.values(switches).join(', ');
const all = combinations().map((switches) => [title(switches), switches] as const);

describe('pipelineRuns.create of the SDK of 2019', () => {
  it.each(all.filter(([, switches]) => waits(switches)))('waits for the end of the run: %s', async (_, switches) => {
    arm.setBehavior(switches);
    let isBack = false;
    const created = create().finally(() => {
      isBack = true;
    });
    const before = gets;
    while (gets < before + 3) await sleep(1);
    expect(isBack).toBe(false);
    release();
    expect(await created).toMatchObject({ provisioningState: 'Succeeded', response: { status: 'Succeeded' } });
  });

  it.each(all.filter(([, switches]) => !waits(switches)))('comes back while it runs: %s', async (_, switches) => {
    arm.setBehavior(switches);
    const created = await create();
    const { name = '' } = created;
    expect((await client.pipelineRuns.get(resourceGroup, registryName, name)).response?.status).toBe('Running');
    release();
    await arm.settled();
    expect((await client.pipelineRuns.get(resourceGroup, registryName, name)).response?.status).toBe('Succeeded');
  });

  it.each([
    ['Azure-AsyncOperation', 'Long running operation failed with error: "No such blob."'],
    ['absent', 'Long running operation failed with status: "Failed"'],
  ] as const)('that waits rejects for a run that fails: %s', async (runMonitor, message) => {
    arm.setBehavior({ provisioningState: 'follows status', runMonitor });
    const created = create('failing');
    const failed = expect(created).rejects.toThrow(message);
    release(new Error('No such blob.'));
    await failed;
    const { response, provisioningState } = await client.pipelineRuns.get(resourceGroup, registryName, 'failing');
    expect([response?.status, provisioningState]).toEqual(['Failed', 'Failed']);
    await client.pipelineRuns.deleteMethod(resourceGroup, registryName, 'failing');
  });

  it('that waits by Location gives a run that failed as its result: only its status tells', async () => {
    arm.setBehavior({ provisioningState: 'follows status', runMonitor: 'Location' });
    const created = create('failing');
    release(new Error('No such blob.'));
    expect(await created).toMatchObject({
      provisioningState: 'Failed',
      response: { status: 'Failed', pipelineRunErrorMessage: 'No such blob.' },
    });
    await client.pipelineRuns.deleteMethod(resourceGroup, registryName, 'failing');
  });
});

describe('pipelineRuns of the SDK of 2019', () => {
  it('are listed page by page', async () => {
    release();
    for (const name of ['listed1', 'listed2', 'listed3']) await create(name);
    let page = await client.pipelineRuns.list(resourceGroup, registryName);
    const names = page.map(({ name }) => name);
    while (page.nextLink) {
      page = await client.pipelineRuns.listNext(page.nextLink);
      names.push(...page.map(({ name }) => name));
    }
    expect(names.slice(-3)).toEqual(['listed1', 'listed2', 'listed3']);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([200, 202] as const)('are deleted, by %i', async (runDeleteStatus) => {
    arm.setBehavior({ runDeleteStatus });
    release();
    const { name = '' } = await create();
    await client.pipelineRuns.deleteMethod(resourceGroup, registryName, name);
    await expect(client.pipelineRuns.get(resourceGroup, registryName, name)).rejects.toMatchObject({ statusCode: 404 });
    await client.pipelineRuns.deleteMethod(resourceGroup, registryName, name);
  });
});

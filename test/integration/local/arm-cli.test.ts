import { setTimeout as sleep } from 'node:timers/promises';
import { request as send } from 'undici';
import { type CloudName, cloudObject, resourcesOf } from '../../../local/names.ts';
import { buildImage, pushImage } from '../../support/images.ts';
import { ArmWorld, containerSas } from './arm-world.ts';

/** What answers have that the extension reads. */
interface Body {
  id: string;
  name: string;
  status: string;
  identity: { principalId: string };
  properties: {
    provisioningState: string;
    request: { pipelineResourceId: string };
    response: { status: string; startTime: string; importedArtifacts?: string[]; pipelineRunErrorMessage?: string };
    trigger?: { sourceTrigger: { status: string } };
    target?: Record<string, string>;
  };
  value: Body[];
  nextLink?: string;
  error: { code: string };
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Body;
}

let world: ArmWorld;

beforeAll(async () => {
  world = await ArmWorld.start();
  await world.startArm({ pageSize: 2 });
  await pushImage(world.source.registry, 'samples/hello', 'latest', buildImage({ seed: 3, layerSizes: [2000] }));
  await pushImage(world.source.registry, 'samples/hello', 'v2', buildImage({ seed: 4, layerSizes: [2000] }));
});
afterAll(() => world?.stop());

/**
 * The requests of the CLI's extension `acrtransfer`, one method for each command, in the order in which it sends them:
 * what its documentation and source say, over plain HTTP. 1.x speaks 2019-12-01-preview, 2.x 2025-06-01-preview.
 */
class Extension {
  readonly #cloud: CloudName;
  readonly #version: string;

  constructor(cloud: CloudName, version: string) {
    this.#cloud = cloud;
    this.#version = version;
  }

  async createPipeline(type: 'exportPipelines' | 'importPipelines', name: string, store: object): Promise<Body> {
    const trigger = { trigger: { sourceTrigger: { status: 'Disabled' } } };
    const ends = type === 'exportPipelines' ? { target: store } : { source: store, ...trigger };
    const options = type === 'exportPipelines' ? ['OverwriteBlobs'] : ['OverwriteTags'];
    const body = { identity: { type: 'SystemAssigned' }, properties: { ...ends, options } };
    await this.#ask('PUT', `${type}/${name}`, [200, 201], body);
    return (await this.#ask('GET', `${type}/${name}`)).body;
  }

  /** `--pipeline-type` says where the pipeline is; its id is taken from there. */
  async createRun(
    type: 'exportPipelines' | 'importPipelines',
    pipeline: string,
    name: string,
    blob: string,
    { artifacts = [], redeploy = false }: { artifacts?: string[]; redeploy?: boolean } = {},
  ): Promise<Body> {
    const { id } = (await this.#ask('GET', `${type}/${pipeline}`)).body;
    const end = { type: 'AzureStorageBlob', name: blob };
    const named = artifacts.map((artifact) => (/[:@]/.test(artifact) ? artifact : `${artifact}:latest`));
    const request = {
      pipelineResourceId: id,
      ...(type === 'exportPipelines' ? { target: end, artifacts: named } : { source: end }),
    };
    const tag = redeploy ? { forceUpdateTag: String(Date.now() / 1000) } : {};
    const made = await this.#ask('PUT', `pipelineRuns/${name}`, [200, 201], { properties: { request, ...tag } });
    const monitor = made.headers['azure-asyncoperation'];
    if (typeof monitor === 'string') await this.#waitFor(monitor, made.headers['retry-after']);
    return (await this.#ask('GET', `pipelineRuns/${name}`)).body;
  }

  async list(type: string): Promise<Body[]> {
    const items: Body[] = [];
    let next: string | undefined = this.#url(type);
    while (next !== undefined) {
      const { body } = await this.#send('GET', next);
      items.push(...body.value);
      next = body.nextLink;
    }
    return items;
  }

  async show(path: string): Promise<Answer> {
    return this.#send('GET', this.#url(path));
  }

  /** GET first, so that what is not there is an error; then DELETE. */
  async delete(path: string): Promise<void> {
    await this.#ask('GET', path);
    await this.#ask('DELETE', path, [200, 202, 204]);
  }

  async clean(isDry: boolean): Promise<string[]> {
    const failed = (await this.list('pipelineRuns')).filter((run) => run.properties.provisioningState === 'Failed');
    if (!isDry) for (const { name } of failed) await this.#ask('DELETE', `pipelineRuns/${name}`, [200, 202, 204]);
    return failed.map(({ name }) => name);
  }

  async #waitFor(monitor: string, retryAfter: unknown): Promise<void> {
    expect(Number(retryAfter)).toBeGreaterThan(0);
    for (;;) {
      const { status, body } = await this.#send('GET', monitor);
      expect(status).toBe(200);
      if (body.status === 'Succeeded') return;
      if (body.status === 'Failed') throw new Error(`${body.error.code}`);
      await sleep(20);
    }
  }

  async #ask(method: 'GET' | 'PUT' | 'DELETE', path: string, allowed = [200], body?: object): Promise<Answer> {
    const answer = await this.#send(method, this.#url(path), body);
    if (!allowed.includes(answer.status)) throw new Error(`${method} ${path}: ${answer.status}`);
    return answer;
  }

  #url(path: string): string {
    const { registryId } = resourcesOf(this.#cloud);
    return `${cloudObject(this.#cloud).armEndpoint}${registryId}/${path}?api-version=${this.#version}`;
  }

  async #send(method: 'GET' | 'PUT' | 'DELETE', url: string, body?: object): Promise<Answer> {
    const headers = {
      accept: 'application/json',
      'accept-encoding': 'gzip, deflate',
      'user-agent': 'AZURECLI/2.85.0 azsdk-python-azure-mgmt-containerregistry/2.0.0 Python/3.13.11 (Linux)',
      commandname: 'acr pipeline-run create',
      'x-ms-client-request-id': '5f3a2b1c-0000-11f1-8000-000000000001',
      authorization: `Bearer ${world.armToken(this.#cloud)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const answer = await send(url, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
    const text = await answer.body.text();
    const parsed = (text === '' ? undefined : JSON.parse(text)) as Body;
    return { status: answer.statusCode, headers: answer.headers, body: parsed };
  }
}

/** What each version of the extension says of a container: with its URI and the secret's in lower case. */
async function storeOf(cloud: CloudName, version: string): Promise<object> {
  const { containerUrl } = resourcesOf(cloud);
  const store = { type: 'AzureStorageBlobContainer', uri: containerUrl.toLowerCase() };
  if (version !== '2019-12-01-preview') return { ...store, storageAccessMode: 'ManagedIdentity' };
  const permissions = cloud === 'source' ? 'rawl' : 'rdl';
  const secret = await world.putSecret(cloud, 'transfer-sas', `?${containerSas(world[cloud].container, permissions)}`);
  return { ...store, keyVaultUri: secret.replace(/\/[0-9a-f]+$/, '').toLowerCase() };
}

describe.each([
  ['1.1.0', '2019-12-01-preview'],
  ['2.0.0', '2025-06-01-preview'],
])('the requests of acrtransfer %s', (release, version) => {
  const suffix = release.replaceAll('.', '');
  const [exporter, importer, blob] = [`export${suffix}`, `import${suffix}`, `cli${suffix}`];
  const [exported, imported] = [`exported${suffix}`, `imported${suffix}`];
  const source = new Extension('source', version);
  const target = new Extension('target', version);

  it('create both pipelines, whose answer has what the hint to assign roles needs', async () => {
    const made = await source.createPipeline('exportPipelines', exporter, await storeOf('source', version));
    expect(made.identity.principalId).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.properties.provisioningState).toBe('Succeeded');
    expect(made.properties.target?.storageAccessMode).toBe(release === '1.1.0' ? undefined : 'ManagedIdentity');
    const other = await target.createPipeline('importPipelines', importer, await storeOf('target', version));
    expect(other.properties.trigger).toEqual({ sourceTrigger: { status: 'Disabled' } });
  });

  it('export with a run and wait for it; a tag that is left out is latest', async () => {
    const artifacts = ['samples/hello', 'samples/hello:v2'];
    const run = await source.createRun('exportPipelines', exporter, exported, blob, { artifacts });
    expect(run.properties.response.status).toBe('Succeeded');
    expect(run.properties.response.startTime.split('.')).toHaveLength(2);
    const bytes = await world.source.container.getBlobClient(blob).downloadToBuffer();
    await world.target.container.getBlockBlobClient(blob).uploadData(bytes);
  });

  it('import what was carried, and again when told to redeploy', async () => {
    const run = await target.createRun('importPipelines', importer, imported, blob);
    expect(run.properties.request.pipelineResourceId).toContain('/importPipelines/');
    expect(run.properties.response.importedArtifacts).toEqual(['samples/hello:latest', 'samples/hello:v2']);
    const { startTime } = run.properties.response;
    const same = await target.createRun('importPipelines', importer, imported, blob);
    expect(same.properties.response.startTime).toBe(startTime);
    const again = await target.createRun('importPipelines', importer, imported, blob, { redeploy: true });
    expect(again.properties.response.startTime).not.toBe(startTime);
    expect(again.properties.response.status).toBe('Succeeded');
  });

  it('list oldest first, over all pages, and show one', async () => {
    const names = (await source.list('pipelineRuns')).map(({ name }) => name);
    expect(names.at(-1)).toBe(exported);
    expect((await source.show(`pipelineRuns/${exported}`)).body.name).toBe(exported);
    expect((await source.show('pipelineRuns/absent')).status).toBe(404);
  });

  it('clean away the runs that failed, and no others', async () => {
    const absent = ['samples/absent:v1'];
    const names = ['1', '2', '3'].map((number) => `failed${suffix}${number}`);
    for (const name of names) {
      const failing = source.createRun('exportPipelines', exporter, name, `${blob}-absent`, { artifacts: absent });
      await expect(failing).rejects.toThrow();
    }
    expect(await source.clean(true)).toEqual(names);
    expect(await source.clean(false)).toEqual(names);
    expect(await source.clean(true)).toEqual([]);
    expect((await source.list('pipelineRuns')).map(({ name }) => name)).toContain(exported);
  });

  it('delete run and pipeline, and what is gone is not found', async () => {
    for (const path of [`pipelineRuns/${exported}`, `exportPipelines/${exporter}`]) {
      await source.delete(path);
      await expect(source.delete(path)).rejects.toThrow(`GET ${path}: 404`);
    }
  });
});

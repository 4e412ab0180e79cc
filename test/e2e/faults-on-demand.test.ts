import { localRoute } from '../../local/app/environment.ts';
import type { FaultRuleInput } from '../../local/faults/rule.ts';
import { APP_IDENTITY, resourcesOf } from '../../local/names.ts';
import { openContainerWithSas } from '../../src/azure/blobs/storage.ts';
import { mintContainerSas } from '../../src/azure/sas/sas.ts';
import { createCredential } from '../../src/azure/sign-in/credential.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const PUT_RUN = 'Microsoft.ContainerRegistry/registries/pipelineRuns/write';
const app = APP_IDENTITY.objectId;
const image = (seed: number) => buildImage({ seed, layerSizes: [50_000] });

beforeAll(async () => {
  const retry = { attempts: 3, firstDelaySeconds: 1, factor: 1, maxDelaySeconds: 1 };
  const settings = { ROUTES_JSON: JSON.stringify([localRoute({ retry })]) };
  cloud = await startTestStack({ faultSeed: 7, storageAccess: 'SasToken', settings });
});
afterAll(() => cloud?.stop());
afterEach(() => cloud.faults.clear());

async function push(names: string[]): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const [index, name] of names.entries()) {
    const { digest } = await pushImage(cloud.stack.registry('source'), name, 'v1', image(100 + index));
    digests.set(name, digest);
  }
  return digests;
}

/** How often each rule has broken something. */
async function brokenCounts(): Promise<number[]> {
  return (await cloud.faults.list()).map(({ broken }) => broken);
}

describe('a transfer', () => {
  it('under faults of every kind ends with every artifact in place, each imported once', async () => {
    const names = ['s/one', 's/two', 's/three'];
    const digests = await push(names);
    const rules: FaultRuleInput[] = [
      { services: ['arm'], identity: app, times: 4, skip: 2, fault: { kind: 'status', status: 429 } },
      { services: ['blob'], identity: app, times: 4, skip: 6, fault: { kind: 'status', status: 503 } },
      { services: ['arm'], operation: PUT_RUN, times: 2, fault: { kind: 'cut', when: 'after' } },
      { services: ['blob'], operation: 'PutBlockFromURL', times: 1, fault: { kind: 'cut', when: 'before' } },
      { services: ['blob'], operation: 'PutBlockFromURL', times: 1, fault: { kind: 'cut', when: 'after' } },
      { services: ['registrySource'], operation: 'GetManifest', method: 'GET', times: 2, fault: { kind: 'truncate' } },
    ];
    const since = new Date().toISOString();
    for (const rule of rules) await cloud.faults.add(rule);
    const artifacts = names.map((name) => `${name}:v1`);
    const accepted = await cloud.call('/transfers', { body: { route: cloud.route.name, artifacts } });
    expect(accepted.status).toBe(202);
    // Only now: a client that cannot reach its proxy at all gives up at once, and the request would be refused.
    await cloud.faults.add({ services: ['proxy'], host: 'management.*', times: 2, fault: { kind: 'cut' } });
    const document = await cloud.follow(accepted.body.id);
    expect(document).toMatchObject({ state: 'Succeeded', counts: { total: 3, Transferred: 3 } });
    expect(await brokenCounts()).toEqual([4, 4, 2, 1, 1, 2, 2]);
    for (const [name, digest] of digests) {
      expect((await cloud.stack.registry('target').resolve(name, 'v1'))?.digest).toBe(digest);
      const puts = await cloud.calls({
        service: 'registryTarget',
        operation: 'PutManifest',
        path: `/v2/${name}/*`,
        since,
      });
      expect(puts.map(({ status }) => status)).toEqual([201]);
    }
    const runs = await cloud.calls({ service: 'arm', operation: PUT_RUN, since });
    expect(new Set(runs.map(({ path }) => path)).size).toBe(2);
    expect(runs.filter(({ fault }) => fault === 'f3 cut after').map(({ status }) => status)).toEqual([null, null]);
  });

  it('with a poisoned artifact says of it alone that it failed', async () => {
    await push(['p/good', 'p/bad']);
    await cloud.faults.add({ fault: { kind: 'poison', artifact: 'p/bad:*', direction: 'export' } });
    const document = await cloud.transfer(['p/good:v1', 'p/bad:v1']);
    expect(document.state).toBe('CompletedWithErrors');
    expect(document.artifacts?.map(({ artifact, outcome }) => [artifact, outcome])).toEqual([
      ['p/good:v1', 'Transferred'],
      ['p/bad:v1', 'Failed'],
    ]);
    expect(document.artifacts?.[1]?.attempts.at(-1)?.message).toContain('p/bad:v1');
  });
});

describe('the real clients', () => {
  it('wait as the vault tells them when it throttles, and get the secret', async () => {
    const { secretName } = resourcesOf('source');
    await cloud.rotateTokens();
    await cloud.faults.add({ services: ['vault'], times: 2, fault: { kind: 'status', status: 429 } });
    expect((await cloud.vault('source').get(secretName))?.value).toContain('sig=');
    expect(await brokenCounts()).toEqual([2]);
  });

  it('ask for a token again when the identity endpoint fails', async () => {
    await cloud.faults.add({ services: ['identity'], times: 1, fault: { kind: 'status', status: 500 } });
    const token = await createCredential(cloud.route.target).getToken('https://storage.azure.com/.default');
    expect(token?.token).toEqual(expect.any(String));
    expect(await brokenCounts()).toEqual([1]);
  });

  it('take up a blob where half of it came first, and say of a document that the connection broke', async () => {
    const text = 'x'.repeat(300_000);
    await cloud.records.writeText('faults/truncated', text);
    const half = { services: ['blob'], operation: 'GetBlob', times: 1, fault: { kind: 'truncate' } } as const;
    await cloud.faults.add(half);
    const chunks: Uint8Array[] = [];
    for await (const chunk of cloud.records.readRange('faults/truncated', 0, text.length)) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe(text);
    await cloud.faults.add(half);
    await expect(cloud.records.readText('faults/truncated')).rejects.toMatchObject({ class: 'transient' });
    expect((await cloud.records.readText('faults/truncated'))?.text).toBe(text);
    expect(await brokenCounts()).toEqual([1, 1]);
  });

  it('name a conflict of ARM by its code', async () => {
    await cloud.faults.add({ services: ['arm'], fault: { kind: 'status', status: 409, code: 'Occupied' } });
    await expect(cloud.pipelines('source').getRun('any')).rejects.toMatchObject({
      code: 'Occupied',
      class: 'conflict',
    });
  });

  it('find wrong bytes in a manifest by its digest', async () => {
    const { digest } = await pushImage(cloud.stack.registry('source'), 'w/rong', 'v1', image(1));
    await cloud.faults.add({ services: ['registrySource'], operation: 'GetManifest', fault: { kind: 'corrupt' } });
    await expect(cloud.stack.registry('source').fetchManifest('w/rong', digest)).rejects.toThrow(/digest/i);
    await cloud.faults.clear();
    expect((await cloud.stack.registry('source').fetchManifest('w/rong', digest)).descriptor.digest).toBe(digest);
  });

  it.each([
    ['ahead', 7200],
    ['behind', -7200],
  ])('have a SAS token of an hour refused by a clock that is two hours %s', async (_where, skewSeconds) => {
    const containerUrl = resourcesOf('source').containerUrl;
    const credential = createCredential(cloud.route.source);
    const span = { startsAt: new Date(Date.now() - 60_000), expiresAt: new Date(Date.now() + 3_600_000) };
    const sas = await mintContainerSas({ containerUrl, credential, permissions: 'rl', ...span });
    const container = openContainerWithSas(containerUrl, sas);
    const read = () => container.properties('none');
    expect(await read()).toBeUndefined();
    await cloud.faults.add({ services: ['blob'], fault: { kind: 'clockSkew', skewSeconds } });
    await expect(read()).rejects.toMatchObject({ class: 'access' });
    await cloud.faults.clear();
    expect(await read()).toBeUndefined();
  });

  it('have a token refused by a vault whose clock is a day ahead', async () => {
    await cloud.faults.add({ services: ['vault'], fault: { kind: 'clockSkew', skewSeconds: 86_400 } });
    await expect(cloud.vault('source').get('none')).rejects.toMatchObject({ class: 'access' });
  });
});

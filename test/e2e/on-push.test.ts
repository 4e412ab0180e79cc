import { setTimeout as sleep } from 'node:timers/promises';
import { planPushSubscriptions, readEventGridKey } from '../../local/app/subscribe.ts';
import { resourcesOf } from '../../local/names.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const image = buildImage({ seed: 81, layerSizes: [300] });
/** Every event comes twice, late, and in another order than the pushes. */
const disturbance = { duplicateRate: 1, maxDelayMs: 300, seed: 20_261_124 };

beforeAll(async () => {
  const onPush = { artifacts: ['p/**:v*', 'p/apps:>=1.2 +referrers', '!p/left:*'], gatherSeconds: 8 };
  cloud = await startTestStack({ route: { onPush }, events: { disturbance, retryScale: 0.02 }, giveUpWithinMs: 0 });
});
afterAll(() => cloud?.stop());

interface Started {
  id: string;
  requestedBy: string;
}

async function pushed(): Promise<Started[]> {
  const answer = await cloud.call('/transfers').catch(() => undefined);
  return (answer?.body?.value ?? []).filter(({ requestedBy }: Started) => requestedBy === 'push');
}

/** The transfer of pushes of that number, counted from the first (1), at its end. */
async function transferOf(number: number) {
  for (;;) {
    const found = (await pushed()).at(-number);
    if (found) return cloud.follow(found.id);
    await sleep(100);
  }
}

async function push(repository: string, ...tags: string[]): Promise<void> {
  for (const tag of tags) await pushImage(cloud.stack.registry('source'), repository, tag, image);
}

/** Delivers an event of a push as Event Grid does. */
async function tell(event: object): Promise<number> {
  const { url } = cloud.stack.endpoints.functions;
  const { masterKey } = cloud.stack.certificates.secrets;
  const app = { url, masterKey };
  const [subscription] = planPushSubscriptions(cloud.route, { url, eventGridKey: await readEventGridKey(app) });
  const headers = { 'aeg-event-type': 'Notification', 'content-type': 'application/json' };
  const body = JSON.stringify([event]);
  return (await fetch(subscription?.endpointUrl ?? '', { method: 'POST', headers, body })).status;
}

/** Blobs of pushes that wait; the state of the open window is not one. */
async function waiting(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of cloud.records.list(`pushes/${cloud.route.name}/`)) names.push(name);
  return names.filter((name) => !name.endsWith('/current.json'));
}

describe('pushes to the source registry', () => {
  it('that a route wants are gathered and become one transfer, whatever is told twice or late', async () => {
    await push('p/apps', 'v1', '1.3.0', 'latest');
    await push('p/deep/er', 'v2', 'v2');
    await push('p/left', 'v3');
    await push('other', 'v4');
    const document = await transferOf(1);
    expect(document).toMatchObject({ state: 'Succeeded', requestedBy: 'push', counts: { total: 3, Transferred: 3 } });
    expect(document.artifacts?.map(({ artifact }) => artifact)).toEqual(['p/apps:1.3.0', 'p/apps:v1', 'p/deep/er:v2']);
    expect(await pushed()).toHaveLength(1);
    expect(await waiting()).toEqual([]);
  });

  it('are not lost when the host is killed while they are gathered', async () => {
    await push('p/first', 'v1');
    while ((await waiting()).length === 0) await sleep(20);
    process.kill(cloud.stack.host.pid, 'SIGKILL');
    await push('p/second', 'v1');
    const target = cloud.stack.registry('target');
    for (const repository of ['p/first', 'p/second']) {
      while (!(await target.resolve(repository, 'v1'))) await sleep(100);
    }
    while ((await waiting()).length > 0) await sleep(50);
    const documents = await Promise.all((await pushed()).map(({ id }) => cloud.follow(id)));
    expect(documents.map(({ state }) => state)).toEqual(documents.map(() => 'Succeeded'));
    const moved = documents.flatMap(({ artifacts = [] }) =>
      artifacts.filter(({ outcome }) => outcome === 'Transferred'),
    );
    expect(moved.filter(({ artifact }) => /^p\/(first|second):/.test(artifact))).toHaveLength(2);
  });

  it('that are left where their gathering ended without them are taken up by the reconciling timer', async () => {
    const window = '20260101-030000-abcdefghij';
    const name = Buffer.from('p/first:v1').toString('base64url');
    await cloud.records.writeText(`pushes/${cloud.route.name}/${window}/${name}`, '{}');
    await cloud.runTimer('reconcileTimer');
    for (;;) {
      const { status, body } = await cloud.call(`/transfers/${window}`);
      if (status === 200 && body.state === 'Succeeded') break;
      await sleep(100);
    }
    while ((await waiting()).length > 0) await sleep(50);
  });

  it('of another registry, without a tag, or that are none start nothing', async () => {
    const before = (await pushed()).length;
    const event = (topic: string, target: object) => ({
      topic,
      eventType: 'Microsoft.ContainerRegistry.ImagePushed',
      data: { target: { repository: 'p/apps', ...target } },
    });
    const { registryId } = resourcesOf('source');
    expect(await tell(event(resourcesOf('target').registryId, { tag: 'v9' }))).toBe(202);
    expect(await tell(event(registryId, { digest: image.descriptor.digest }))).toBe(202);
    expect(await tell({ eventType: 'Microsoft.ContainerRegistry.ImageDeleted', topic: registryId })).toBe(202);
    expect(await waiting()).toEqual([]);
    expect(await pushed()).toHaveLength(before);
    expect(await cloud.hostLog()).toContain('pushNotUnderstood');
  });
});

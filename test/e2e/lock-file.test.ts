import { setTimeout as sleep } from 'node:timers/promises';
import { planDocumentSchema } from '../../src/domain/selection/lock-file.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const [first, second] = [buildImage({ seed: 81, layerSizes: [300] }), buildImage({ seed: 82, layerSizes: [300] })];

beforeAll(async () => {
  cloud = await startTestStack();
  for (const name of ['one', 'two', 'three']) await push(name, first);
});
afterAll(() => cloud?.stop());

function push(name: string, image = first, side: 'source' | 'target' = 'source') {
  return pushImage(cloud.stack.registry(side), `lock/${name}`, 'v1', image);
}

async function digestIn(side: 'source' | 'target', name: string): Promise<string | undefined> {
  return (await cloud.stack.registry(side).resolve(`lock/${name}`, 'v1'))?.digest;
}

function post(body: object, query = '') {
  return cloud.call(`/transfers${query}`, { body });
}

const codeOf = ({ status, body }: { status: number; body: { type: string } }) => [status, body.type.split(':').at(-1)];

describe('the plan of a transfer that failed', () => {
  const names = ['one', 'two'];

  beforeAll(async () => {
    await cloud.faults.add({ fault: { kind: 'poison', artifact: 'lock/*:*', direction: 'export' } });
    const document = await cloud.transfer([...names.map((name) => `lock/${name}:v1`), 'lock/absent:v1'], {
      id: 'planned',
    });
    expect(document.counts).toMatchObject({ total: 3, Failed: 3 });
    await cloud.faults.clear();
    await push('two', second);
  });

  it('is given as JSON, and as a list', async () => {
    const { body } = await cloud.call('/transfers/planned/plan');
    expect(planDocumentSchema.parse(body)).toMatchObject({
      transfer: 'planned',
      route: cloud.route.name,
      artifacts: [...names.map(() => ({ digest: first.descriptor.digest })), { digest: null }],
    });
    const text = await cloud.call('/transfers/planned/plan?format=text');
    expect(text.headers.get('content-type')).toContain('text/plain');
    expect(String(text.body).split('\n').slice(1)).toEqual([
      ...names.map((name) => `lock/${name}:v1@${first.descriptor.digest}`),
      '# lock/absent:v1 was not found',
      '',
    ]);
    expect((await cloud.call('/transfers/planned/plan?format=csv')).status).toBe(400);
  });

  it('shows as a dry run what has moved since', async () => {
    const { body } = await post({ artifacts: { plan: 'planned' } }, '?dryRun=true');
    expect(body).toMatchObject({ route: cloud.route.name, counts: { total: 2, moving: 1, Failed: 1 } });
    expect(body.artifacts[1].failure).toMatchObject({ class: 'artifact', code: 'TAG_MOVED' });
  });

  it('runs again: what is as it was is moved, a tag that moved is Failed and not exported', async () => {
    const { body, status } = await post({ artifacts: { plan: 'planned' }, id: 'again' });
    expect([status, body.route]).toEqual([202, cloud.route.name]);
    const { artifacts = [], batches } = await cloud.follow('again');
    expect(artifacts.map(({ artifact, outcome, batch }) => [artifact, outcome, batch])).toEqual([
      ['lock/one:v1', 'Transferred', 'b0001'],
      ['lock/two:v1', 'Failed', null],
    ]);
    const [attempt] = artifacts[1]?.attempts ?? [];
    expect(attempt).toMatchObject({ step: 'Resolve', class: 'artifact', code: 'TAG_MOVED' });
    for (const { descriptor } of [first, second]) expect(attempt?.message).toContain(descriptor.digest);
    expect(batches).toHaveLength(1);
    expect([await digestIn('target', 'one'), await digestIn('target', 'two')]).toEqual([
      first.descriptor.digest,
      undefined,
    ]);
    expect((await post({ artifacts: { plan: 'planned' }, id: 'again' })).status).toBe(200);
  });

  it('stays pinned when it is retried, and when its list is sent as text', async () => {
    const retried = await cloud.call('/transfers/again/retry', { method: 'POST' });
    const { artifacts: left = [] } = await cloud.follow(retried.body.id);
    expect(left.map(({ artifact, attempts }) => [artifact, attempts[0]?.code])).toEqual([['lock/two:v1', 'TAG_MOVED']]);
    await push('two', first);
    const text = String((await cloud.call('/transfers/planned/plan?format=text')).body);
    const sent = await post({ route: cloud.route.name, artifacts: text, id: 'from-text' });
    expect(sent.status).toBe(202);
    expect((await cloud.follow('from-text')).counts).toMatchObject({ total: 2, AlreadyPresent: 1, Transferred: 1 });
    expect(await digestIn('target', 'two')).toBe(first.descriptor.digest);
  });

  it('is refused for another route, without a name, and where there is none', async () => {
    const other = await post({ route: 'other', artifacts: { plan: 'planned' } });
    expect(other).toMatchObject({ status: 400, body: { faults: [{ path: 'route', found: 'other' }] } });
    const odd = await post({ artifacts: { plan: 'planned', blob: 'x' } });
    expect(odd).toMatchObject({ status: 400, body: { faults: [{ path: 'artifacts' }] } });
    expect(codeOf(await post({ artifacts: { plan: 'nothing' } }))).toEqual([404, 'TRANSFER_NOT_FOUND']);
    expect(codeOf(await cloud.call('/transfers/nothing/plan'))).toEqual([404, 'TRANSFER_NOT_FOUND']);
    await cloud.transfer(['lock/absent:v1'], { id: 'empty' });
    expect(codeOf(await post({ artifacts: { plan: 'empty' } }))).toEqual([409, 'PLAN_EMPTY']);
    expect((await cloud.call('/transfers/from-text', { method: 'DELETE' })).status).toBe(202);
    expect(codeOf(await post({ artifacts: { plan: 'from-text' } }))[0]).toBeGreaterThanOrEqual(404);
    while ((await cloud.call('/transfers/from-text')).status !== 404) await sleep(50);
    const gone = await post({ artifacts: { plan: 'from-text' } });
    expect(codeOf(gone)).toEqual([404, 'TRANSFER_NOT_FOUND']);
    expect(gone.body.detail).toContain('list that was kept');
  });
});

describe('a transfer that failed before its selectors were resolved', () => {
  it('has no plan, and is retried with its own list', async () => {
    expect((await cloud.transfer(['lock/late*:v*'], { id: 'early' })).counts.total).toBe(0);
    expect(codeOf(await cloud.call('/transfers/early/plan'))).toEqual([409, 'PLAN_NOT_MADE']);
    expect(codeOf(await post({ artifacts: { plan: 'early' } }))).toEqual([409, 'PLAN_NOT_MADE']);
    await push('late-comer');
    const answer = await cloud.call('/transfers/early/retry', { method: 'POST' });
    expect([answer.status, answer.body.retryOf]).toEqual([202, 'early']);
    const { artifacts = [] } = await cloud.follow(answer.body.id);
    expect(artifacts.map(({ artifact, outcome }) => [artifact, outcome])).toEqual([
      ['lock/late-comer:v1', 'Transferred'],
    ]);
  });
});

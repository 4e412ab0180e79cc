import { setTimeout as sleep } from 'node:timers/promises';
import type { PipelineRun } from '../../src/azure/arm/pipelines.ts';
import type { Side } from '../../src/domain/errors.ts';
import { formatRunName, instanceIds } from '../../src/domain/names.ts';
import { drop, exportArchive, importRunsOf, importsOf } from '../support/archives.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;

beforeAll(async () => {
  cloud = await startTestStack({ minimumRunMs: 1200, route: { maxRunsPerRegistry: 1, maxParallelBatches: 4 } });
});
afterAll(() => cloud?.stop());

const image = (seed: number) => buildImage({ seed, layerSizes: [100] });

/** Pushes an image of its own, and gives its name. */
async function push(name: string, seed: number): Promise<string> {
  await pushImage(cloud.stack.registry('source'), `slots/${name}`, 'v1', image(seed));
  return `slots/${name}:v1`;
}

async function start(id: string, artifact: string): Promise<void> {
  const body = { route: cloud.route.name, artifacts: [artifact], id };
  expect((await cloud.call('/transfers', { body })).status).toBe(202);
}

interface Span {
  blob: string;
  fromMs: number;
  untilMs: number;
}

/** The runs of a registry, by the service's own account, in the order in which it began them. */
async function spansOf(side: Side): Promise<Span[]> {
  const spans: Span[] = [];
  for await (const run of cloud.pipelines(side).listRuns()) spans.push(spanOf(run));
  return spans.sort((left, right) => left.fromMs - right.fromMs);
}

function spanOf({ properties: { request, response } }: PipelineRun): Span {
  return {
    blob: request?.target?.name ?? request?.source?.name ?? '',
    fromMs: Date.parse(response?.startTime ?? ''),
    untilMs: Date.parse(response?.finishTime ?? ''),
  };
}

/** The runs that began before the one before them had ended. */
function overlapping(spans: readonly Span[]): Span[] {
  return spans.slice(1).filter(({ fromMs }, index) => !(fromMs >= (spans[index]?.untilMs ?? Number.NaN)));
}

describe('a registry with one slot', () => {
  it('works on one run at a time, whichever transfer it is of, and all of them get through', async () => {
    const ids = ['first', 'second', 'third'];
    const artifacts = await Promise.all(ids.map((id, seed) => push(id, seed)));
    const reports = await Promise.all(ids.map((id, index) => cloud.transfer([artifacts[index] ?? ''], { id })));
    expect(reports.map(({ state }) => state)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
    for (const side of ['source', 'target'] as const) {
      const spans = await spansOf(side);
      expect(spans).toHaveLength(3);
      expect(overlapping(spans)).toEqual([]);
    }
  });

  it('works on one run at a time where blobs land while a transfer imports, and all of them arrive', async () => {
    const landed = ['one.tar', 'two.tar'];
    const archives: Buffer[] = [];
    for (const [index, blob] of landed.entries()) {
      archives.push(await exportArchive(cloud, { repository: `slots/landed${index}`, blob, image: image(20 + index) }));
    }
    await start('beside', await push('beside', 30));
    const exported = async () =>
      (await cloud.call('/transfers/beside')).body.batches[0]?.export?.status === 'Succeeded';
    while (!(await exported())) await sleep(20);
    await Promise.all(landed.map((blob, index) => drop(cloud, blob, archives[index] ?? Buffer.alloc(0))));
    expect(await cloud.follow('beside')).toMatchObject({ state: 'Succeeded', counts: { Transferred: 1 } });
    for (const [index, blob] of landed.entries()) {
      const [report] = await importsOf(cloud, blob);
      expect(report).toMatchObject({ state: 'Succeeded', by: 'app' });
      expect(await importRunsOf(cloud, blob)).toHaveLength(1);
      const found = await cloud.stack.registry('target').resolve(`slots/landed${index}`, 'v1');
      expect(found?.digest).toBe(image(20 + index).descriptor.digest);
    }
    const spans = await spansOf('target');
    expect(spans.map(({ blob }) => blob)).toEqual(expect.arrayContaining([...landed, 'beside-b0001-a01.tar']));
    expect(overlapping(spans)).toEqual([]);
  });

  it('leaves nothing of a transfer that was canceled while it waited, once that is deleted', async () => {
    const [first, last] = [await push('ahead', 50), await push('dropped', 51)];
    await start('ahead', first);
    const holds = async () => (await cloud.call('/transfers/ahead')).body.batches[0]?.export?.run !== undefined;
    while (!(await holds())) await sleep(20);
    await start('dropped', last);
    const waiting = instanceIds.run(formatRunName('export', { id: 'dropped', path: 'b0001', attempt: 1 }));
    while ((await cloud.instanceStatus(waiting)) === undefined) await sleep(20);
    await cloud.call('/transfers/dropped/cancel', { method: 'POST' });
    const report = await cloud.follow('dropped');
    expect(report).toMatchObject({ state: 'Canceled', counts: { Canceled: 1 }, batches: [{ export: null }] });
    await cloud.follow('ahead');
    expect((await cloud.call('/transfers/dropped', { method: 'DELETE' })).status).toBe(202);
    while ((await cloud.instanceStatus(instanceIds.delete('dropped'))) !== 'Completed') await sleep(50);
    expect(await cloud.instanceStatus(waiting)).toBeUndefined();
  });
});

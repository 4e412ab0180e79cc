import { setTimeout as sleep } from 'node:timers/promises';
import { resourcesOf } from '../../local/names.ts';
import { putPipeline } from '../support/arm.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;
const image = buildImage({ seed: 71, layerSizes: [300] });
/** Its last time was long ago, so that ticks by hand are all for that one. */
const YEARLY = '0 0 3 1 1 *';
const OFTEN = '*/20 * * * * *';

beforeAll(async () => {
  const schedules = [
    { name: 'often', cron: OFTEN, artifacts: ['t/often:*'] },
    { name: 'yearly', cron: YEARLY, artifacts: ['s/**:v*', '!s/left:*'] },
    { name: 'patient', cron: YEARLY, artifacts: ['s/one:v1'] },
    { name: 'eager', cron: YEARLY, artifacts: ['s/one:v1'], overlap: 'allow' },
    { name: 'greedy', cron: YEARLY, artifacts: ['s/one:v1'], options: { overwrite: true } },
  ];
  cloud = await startTestStack({ route: { schedules }, giveUpWithinMs: 0 });
  const source = cloud.stack.registry('source');
  for (const name of ['s/one', 's/two', 's/left', 't/often']) await pushImage(source, name, 'v1', image);
});
afterAll(() => cloud?.stop());

const timerOf = (schedule: string) => `schedule_${cloud.route.name}_${schedule}`;

/** The transfers that a schedule has started so far. */
async function startedBy(schedule: string): Promise<{ id: string; requestedAt: string }[]> {
  const { body } = await cloud.call('/transfers');
  return body.value.filter((each: { requestedBy: string }) => each.requestedBy === `schedule:${schedule}`);
}

async function untilStarted(schedule: string): Promise<string> {
  for (;;) {
    const [first] = await startedBy(schedule).catch(() => []);
    if (first) return first.id;
    await sleep(100);
  }
}

/** What was logged of the ticks of a schedule. */
async function ticksOf(schedule: string): Promise<{ event: string; running?: string }[]> {
  const events = (await cloud.hostLog()).match(/\{"event":"schedule.*?\}/g) ?? [];
  return events.map((text) => JSON.parse(text)).filter((event) => event.schedule === schedule);
}

async function tick(schedule: string): Promise<string | undefined> {
  const before = (await ticksOf(schedule)).length;
  await cloud.runTimer(timerOf(schedule));
  for (;;) {
    const ticks = await ticksOf(schedule);
    if (ticks.length > before) return ticks.at(-1)?.event;
    await sleep(50);
  }
}

describe('a schedule of a route', () => {
  it('starts one transfer of what its selectors mean, however often its tick runs', async () => {
    await Promise.all([tick('yearly'), tick('yearly')]);
    expect(await tick('yearly')).toBe('scheduleStartedBefore');
    const id = await untilStarted('yearly');
    expect(id).toMatch(/^20\d\d0101-030000-[a-z2-7]{10}$/);
    const document = await cloud.follow(id);
    expect(document).toMatchObject({ state: 'Succeeded', counts: { total: 2, Transferred: 2 } });
    expect(document.artifacts?.map(({ artifact }) => artifact).sort()).toEqual(['s/one:v1', 's/two:v1']);
    expect(await startedBy('yearly')).toHaveLength(1);
    expect(await cloud.instanceStatus(`transfer:${id}`)).toBe('Completed');
  });

  it('starts by itself when it is due', async () => {
    const document = await cloud.follow(await untilStarted('often'));
    expect(document.id).toMatch(/^\d{8}-\d{4}[024]0-[a-z2-7]{10}$/);
    expect(document).toMatchObject({ state: 'Succeeded', counts: { total: 1 } });
  });

  it('leaves a tick out while its previous transfer runs, unless it may overlap', async () => {
    const body = { route: cloud.route.name, artifacts: ['s/left:v1'], id: 'before' };
    await cloud.call('/transfers', { body });
    await cloud.call('/transfers/before/pause', { method: 'POST' });
    const last = JSON.stringify({ transfer: 'before', dueAt: '2020-01-01T03:00:00.000Z' });
    for (const name of ['patient', 'eager']) {
      await cloud.records.writeText(`schedules/${cloud.route.name}/${name}.json`, last);
    }
    expect(await tick('patient')).toBe('scheduleSkipped');
    expect((await ticksOf('patient')).at(-1)).toMatchObject({ running: 'before' });
    expect(await startedBy('patient')).toEqual([]);
    expect(await tick('eager')).toBe('scheduleStarted');
    await cloud.call('/transfers/before/cancel', { method: 'POST' });
    await cloud.follow('before');
    expect(await tick('patient')).toBe('scheduleStarted');
    expect(await cloud.follow(await untilStarted('patient'))).toMatchObject({ state: 'Succeeded' });
  });

  it('shows when it is due next', async () => {
    const { body } = await cloud.call(`/routes/${cloud.route.name}`);
    const { nextAt, cron, overlap } = body.schedules.find(({ name }: { name: string }) => name === 'yearly');
    expect({ cron, overlap }).toEqual({ cron: YEARLY, overlap: 'skip' });
    expect(nextAt).toBe(`${new Date().getUTCFullYear() + 1}-01-01T03:00:00.000Z`);
  });

  it('whose pipeline may not overwrite what it asks for fails before any run, and says so', async () => {
    await putPipeline(cloud, 'target', resourcesOf('target').pipelineName, { options: ['ContinueOnErrors'] });
    await tick('greedy');
    const document = await cloud.follow(await untilStarted('greedy'));
    expect(document).toMatchObject({
      state: 'Failed',
      error: { code: 'OVERWRITE_FORBIDDEN', side: 'target' },
      batches: [],
    });
  });
});

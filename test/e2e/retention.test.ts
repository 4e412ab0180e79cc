import { setTimeout as sleep } from 'node:timers/promises';
import { instanceIds } from '../../src/domain/names.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;

beforeAll(async () => {
  cloud = await startTestStack({
    minimumRunMs: 1000,
    route: { retention: { archivesDays: 0, runsDays: 0, reportsDays: 0 } },
  });
});
afterAll(() => cloud?.stop());

async function startTransfer(id: string, seed: number): Promise<void> {
  await pushImage(cloud.stack.registry('source'), `r/${id}`, 'v1', buildImage({ seed, layerSizes: [10] }));
  await cloud.call('/transfers', { body: { route: cloud.route.name, artifacts: [`r/${id}:v1`], id } });
}

/** Waits until the timer, which runs beside the call, has logged that it is done so many times. */
async function timerDone(times: number): Promise<void> {
  while ((await cloud.hostLog()).split('historyPurged').length - 1 < times) await sleep(50);
}

async function recordsOf(id: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of cloud.records.list('')) if (name.includes(id)) names.push(name);
  return names;
}

describe('the retention timer', () => {
  it('leaves nothing of a transfer whose report is due, and does not touch one that goes on', async () => {
    await startTransfer('ended', 61);
    await cloud.follow('ended');
    await startTransfer('going-on', 62);
    await cloud.runTimer('retentionTimer');
    await timerDone(1);
    // With no days kept, the instance of the deletion may be purged itself by now.
    while ((await recordsOf('ended')).length > 0) await sleep(50);
    expect((await cloud.call('/transfers/ended')).status).toBe(404);
    expect(await cloud.follow('going-on')).toMatchObject({ state: 'Succeeded' });
  });

  it('purges the history of what ended before all that is kept', async () => {
    await cloud.runTimer('retentionTimer');
    await timerDone(2);
    expect(await cloud.instanceStatus(instanceIds.delete('ended'))).toBeUndefined();
  });
});

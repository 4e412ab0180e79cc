import { WebhookRecords } from '../../../src/azure/records/webhook-records.ts';
import { countOutcomes } from '../../../src/domain/outcome.ts';
import { notTold } from '../../../src/domain/webhook.ts';
import { endHandOver } from '../../../src/functions/end-hand-over.ts';
import { historyWorld, reportOf } from '../../support/history-world.ts';

async function worldOf() {
  const world = historyWorld();
  const report = { ...reportOf('abc', 1), webhook: notTold(2) };
  await world.transfers.markOpen('abc');
  const end = () => endHandOver(world.services, world.client, world.context, report);
  const open = async () => {
    const ids: string[] = [];
    for await (const id of world.transfers.listOpen()) ids.push(id);
    return ids;
  };
  return { world, report, end, open };
}

describe('endHandOver', () => {
  it('has the webhook told of the end that is final, then takes the marker away', async () => {
    const { world, end, open } = await worldOf();
    await end();
    expect(world.started).toEqual(['notify:transfer:abc:2']);
    expect(await open()).toEqual([]);
  });

  it('leaves the marker, so that the next look does the rest, where nothing can be started', async () => {
    const { world, end, open } = await worldOf();
    world.client.startNew = () => Promise.reject(new Error('away'));
    await expect(end()).rejects.toThrow('away');
    expect(await open()).toEqual(['abc']);
  });

  it('has the webhook told of the hand-over, too, where nobody has begun to, and not again when it was told', async () => {
    const { world, report, open } = await worldOf();
    const waiting = { ...report, webhook: notTold(1), counts: countOutcomes(['HandedOver']) };
    const noReceipts = { receipts: () => ({ list: async function* () {} }) };
    Object.assign(world.services, noReceipts);
    await endHandOver(world.services, world.client, world.context, waiting);
    expect(world.started).toEqual(['notify:transfer:abc:1']);
    await new WebhookRecords(world.container).write('abc', { ...notTold(1), state: 'Delivered' });
    await endHandOver(world.services, world.client, world.context, waiting);
    expect(world.started).toHaveLength(1);
    expect(await open()).toEqual(['abc']);
  });

  it('tells nobody of a transfer that no webhook was to be told of', async () => {
    const { world, report } = await worldOf();
    const { webhook, ...untold } = report;
    await endHandOver(world.services, world.client, world.context, { ...untold, counts: countOutcomes(['Failed']) });
    expect(world.started).toEqual([]);
  });
});

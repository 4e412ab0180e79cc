import { receiptStore } from '../../../src/azure/blobs/receipts.ts';
import { WebhookRecords } from '../../../src/azure/records/webhook-records.ts';
import { newBatchRecord } from '../../../src/domain/batch/batch-record.ts';
import { countOutcomes } from '../../../src/domain/outcome.ts';
import { receiptNames } from '../../../src/domain/receipt/receipt.ts';
import { notTold } from '../../../src/domain/webhook/webhook.ts';
import { endHandOver } from '../../../src/functions/end-hand-over.ts';
import { historyWorld, reportOf } from '../../support/history-world.ts';
import { memoryContainer } from '../../support/memory-container.ts';

const AT = '2026-01-01T00:00:00Z';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const ARCHIVE = 'abc-b0001-a01.tar';

/** A transfer of one artifact that was handed over, and what the other side sent back of it. */
async function returnedWorld() {
  const world = historyWorld();
  const receipts = receiptStore({ ...memoryContainer(), urlOf: (name: string) => name });
  const confirmed = { update: async () => undefined };
  const route = { name: 'r', receiptKeys: {}, webhook: { events: ['Succeeded'] } };
  Object.assign(world.services, { receipts: () => receipts, confirmed, route: () => route });
  const { artifacts, attempts, outcomes, ...batch } = newBatchRecord('b0001');
  const urls = { archive: 'https://s/c/x', receipt: 'https://s/r/x', azcopy: null };
  const handover = { ...urls, bytes: 1, md5: null, catalogDigest: null, signature: null, at: AT, ignored: null };
  const artifact = { artifact: 'a:1', digest: DIGEST, mediaType: null, bytes: 1, batch: 'b0001', attempts: [] };
  const report = reportOf('abc', 1, {
    state: 'HandedOver',
    counts: countOutcomes(['HandedOver']),
    batches: [{ ...batch, archive: { name: ARCHIVE, bytes: 1 }, handover }],
    artifacts: [{ ...artifact, outcome: 'HandedOver' }],
  });
  await world.transfers.markOpen('abc');
  await world.transfers.writeReport(report);
  const told = { artifact: 'a:1', digest: DIGEST, verifiedDigest: DIGEST, outcome: 'Transferred', error: null };
  const archive = { name: ARCHIVE, bytes: 1, md5: null };
  const receipt = { version: 1, transfer: 'abc', batch: 'b0001', archive, id: 'i', importedAt: AT, error: null };
  const text = JSON.stringify({ ...receipt, artifacts: [told] });
  await receipts.write(receiptNames.importReceipt(ARCHIVE), text, null);
  const look = async () => {
    const found = await world.transfers.readReport('abc');
    await endHandOver(world.services, world.client, world.context, found ?? report);
  };
  return { world, look };
}

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

  it('logs the end that is final once, also when the webhook could not be told at first', async () => {
    const { world, look } = await returnedWorld();
    const { startNew } = world.client;
    world.client.startNew = () => Promise.reject(new Error('away'));
    await expect(look()).rejects.toThrow('away');
    const ended = { event: 'transferEnded', input: { transfer: 'abc' }, result: { state: 'Succeeded' } };
    expect(world.events).toEqual([ended]);
    world.client.startNew = startNew;
    await look();
    expect(world.started).toEqual(['notify:transfer:abc:2']);
    expect(world.events).toEqual([ended]);
  });
});

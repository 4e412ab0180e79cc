import type { Services } from '../../../../src/activities/services.ts';
import { settleReturned } from '../../../../src/activities/transfer/settle-returned.ts';
import { receiptStore } from '../../../../src/azure/blobs/receipts.ts';
import { ConfirmedRecords } from '../../../../src/azure/records/confirmed-records.ts';
import { TransferRecords } from '../../../../src/azure/records/transfer-records.ts';
import { newBatchRecord } from '../../../../src/domain/batch/batch-record.ts';
import { countOutcomes } from '../../../../src/domain/outcome.ts';
import { receiptNames } from '../../../../src/domain/receipt/receipt.ts';
import type { TransferDocument } from '../../../../src/domain/transfer/transfer-document.ts';
import { notTold } from '../../../../src/domain/webhook/webhook.ts';
import { memoryContainer } from '../../../support/memory-container.ts';

const AT = '2026-01-01T00:00:00Z';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const PATHS = ['b0001', 'b0002'];
const archiveOf = (path: string) => `abc-${path}-a01.tar`;

/** A transfer of two batches of one artifact each, both handed over. */
function handedOver(): TransferDocument {
  const handover = {
    archive: 'https://s/c/x',
    bytes: 1,
    md5: null,
    catalogDigest: null,
    receipt: 'https://s/r/x',
    signature: null,
    azcopy: null,
    at: AT,
    ignored: null,
  };
  return {
    id: 'abc',
    route: 'r',
    state: 'HandedOver',
    phase: null,
    requestedBy: 'key',
    requestedAt: AT,
    startedAt: AT,
    finishedAt: AT,
    retryOf: null,
    correlationId: 'c',
    options: {},
    counts: countOutcomes(['HandedOver', 'HandedOver']),
    bytes: { planned: 1, moved: 0 },
    batches: PATHS.map((path) => {
      const { artifacts, attempts, outcomes, ...batch } = newBatchRecord(path);
      return { ...batch, archive: { name: archiveOf(path), bytes: 1 }, handover };
    }),
    artifacts: PATHS.map((batch) => ({
      artifact: `${batch}:1`,
      digest: DIGEST,
      mediaType: null,
      bytes: 1,
      batch,
      outcome: 'HandedOver',
      attempts: [],
    })),
    error: null,
  };
}

async function worldOf(webhook?: { events: string[] }) {
  const state = memoryContainer();
  const account = { ...memoryContainer(), urlOf: (name: string) => name };
  const transfers = new TransferRecords(state);
  const confirmed = new ConfirmedRecords(state);
  const receipts = receiptStore(account);
  const report = handedOver();
  await transfers.markOpen('abc');
  await transfers.writeReport(report);
  const route = { name: 'r', receiptKeys: {}, webhook };
  const services = { transfers, confirmed, route: () => route, receipts: () => receipts } as unknown as Services;
  const bringBack = (path: string, outcome: 'Transferred' | 'Failed') => {
    const told = { artifact: `${path}:1`, digest: DIGEST, verifiedDigest: DIGEST, outcome, error: null };
    const archive = { name: archiveOf(path), bytes: 1, md5: null };
    const rest = { id: 'i', importedAt: AT, error: null, artifacts: [told] };
    const text = JSON.stringify({ version: 1, transfer: 'abc', batch: path, archive, ...rest });
    return receipts.write(receiptNames.importReceipt(archiveOf(path)), text, null);
  };
  const isOpen = async () => (await state.properties('open/abc')) !== undefined;
  return { services, account, report, bringBack, isOpen };
}

describe('settleReturned', () => {
  it('changes nothing while nothing has come back', async () => {
    const { services, report, isOpen } = await worldOf();
    expect(await settleReturned(services, report)).toEqual({ report: undefined, ignored: [] });
    expect(await isOpen()).toBe(true);
  });

  it('waits for what has not come back, and remembers what arrived', async () => {
    const { services, report, bringBack } = await worldOf();
    await bringBack('b0001', 'Transferred');
    const first = await settleReturned(services, report);
    expect(first.report).toMatchObject({ state: 'HandedOver', counts: { Transferred: 1, HandedOver: 1 } });
    expect(await services.confirmed.read('r')).toEqual({ 'b0001:1': DIGEST });
    await bringBack('b0002', 'Failed');
    const second = await settleReturned(services, first.report ?? report);
    expect(second.report).toMatchObject({ state: 'CompletedWithErrors', counts: { HandedOver: 0 } });
    expect(await services.transfers.readReport('abc')).toEqual(second.report);
  });

  it('marks the end that is final for the webhook, once nothing waits any more and if the route wants to hear of it', async () => {
    const { services, report, bringBack } = await worldOf({ events: ['Succeeded'] });
    await bringBack('b0001', 'Transferred');
    const first = await settleReturned(services, report);
    expect(first.report).not.toHaveProperty('webhook');
    await bringBack('b0002', 'Transferred');
    const second = await settleReturned(services, first.report ?? report);
    expect(second.report?.webhook).toMatchObject({ end: 2, state: 'Pending', tries: 0 });
  });

  it('drops the mark of the first end when the route does not want to hear of the last', async () => {
    const { services, report, bringBack } = await worldOf({ events: ['HandedOver'] });
    await services.transfers.changeReport('abc', () => ({ ...report, webhook: notTold(1) }));
    await bringBack('b0001', 'Transferred');
    const first = await settleReturned(services, report);
    expect(first.report?.webhook).toMatchObject({ end: 1 });
    await bringBack('b0002', 'Failed');
    expect((await settleReturned(services, first.report ?? report)).report).not.toHaveProperty('webhook');
  });

  it('takes all that came back in one change', async () => {
    const { services, report, bringBack } = await worldOf();
    for (const path of PATHS) await bringBack(path, 'Transferred');
    expect((await settleReturned(services, report)).report?.state).toBe('Succeeded');
    expect(await services.confirmed.read('r')).toEqual({ 'b0001:1': DIGEST, 'b0002:1': DIGEST });
  });

  it('names what is not believed once, however large it is', async () => {
    const { services, account, report } = await worldOf();
    const [one, two] = PATHS.map((path) => receiptNames.importReceipt(archiveOf(path)));
    await account.writeText(one ?? '', 'x'.repeat(4 * 1024 * 1024 + 1));
    await account.writeText(two ?? '', '{}');
    const first = await settleReturned(services, report);
    expect(first.ignored.map(({ code }) => code)).toEqual(['RECEIPT_TOO_LARGE', 'RECEIPT_INVALID']);
    expect(first.report?.counts).toEqual(report.counts);
    expect(await settleReturned(services, report)).toEqual({ report: undefined, ignored: [] });
    expect(await services.confirmed.read('r')).toEqual({});
  });
});

import type { StoredReceipt } from '../azure/receipts.ts';
import { TransferError } from '../domain/errors.ts';
import { receiptNames } from '../domain/receipt.ts';
import {
  type AwaitedBatch,
  applyReturned,
  awaitedBatches,
  ignoredReceipt,
  type Returned,
  readReturned,
} from '../domain/returned-receipt.ts';
import type { Route } from '../domain/route.ts';
import type { TransferDocument } from '../domain/transfer-document.ts';
import { required } from './activity.ts';
import type { Services } from './services.ts';

/** What one look for the other side's receipts of a transfer has changed. */
export interface ReturnedReceipts {
  /** The report as it is now; `undefined` when nothing of it changed. */
  report: TransferDocument | undefined;
  /** Receipts that are not believed, told for the first time. */
  ignored: { archive: string; code: string; message: string }[];
}

/**
 * Looks for the receipts that the other side sent back, and writes into the report what they say. Twice, or two at once:
 * the report is changed under its ETag, and what is settled stays.
 */
export async function settleReturned(services: Services, report: TransferDocument): Promise<ReturnedReceipts> {
  const route = services.route(report.route);
  const { stop } = await services.transfers.readControl(report.id);
  const found = await findReturned(services, route, report);
  const result: ReturnedReceipts = { report: undefined, ignored: [] };
  for (const { batch, returned } of found) {
    const end = { now: new Date().toISOString(), stopped: stop !== null };
    const changed = await services.transfers.changeReport(report.id, (current) =>
      applyReturned(current, batch.path, returned, end),
    );
    if (!changed) continue;
    result.report = changed;
    if (!returned.ok) result.ignored.push({ archive: batch.archive, ...returned.ignored });
  }
  return result;
}

async function findReturned(services: Services, route: Route, report: TransferDocument) {
  const receipts = required(services.receipts(route, 'source'), `source of route ${route.name}`);
  const names = new Set<string>();
  for await (const name of receipts.list(`${report.id}-`)) names.add(name);
  const found: { batch: AwaitedBatch; returned: Returned }[] = [];
  for (const batch of awaitedBatches(report)) {
    const name = receiptNames.importReceipt(batch.archive);
    const stored = names.has(name) ? await readStored(() => receipts.read(name)) : undefined;
    if (!stored) continue;
    const expected = { ...batch, transfer: report.id };
    const returned = 'ok' in stored ? stored : readReturned(stored, expected, route.receiptKeys.verify ?? []);
    found.push({ batch, returned });
  }
  return found;
}

async function readStored(
  read: () => Promise<StoredReceipt | undefined>,
): Promise<StoredReceipt | Returned | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof TransferError && error.code === 'RECEIPT_TOO_LARGE') {
      return ignoredReceipt(error.code, error.message);
    }
    throw error;
  }
}

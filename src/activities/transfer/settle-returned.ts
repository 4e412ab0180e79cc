import type { StoredReceipt } from '../../azure/blobs/receipts.ts';
import { TransferError } from '../../domain/errors.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { receiptNames } from '../../domain/receipt/receipt.ts';
import {
  type AwaitedBatch,
  applyReturned,
  awaitedBatches,
  ignoredReceipt,
  type Returned,
  readReturned,
} from '../../domain/receipt/returned-receipt.ts';
import type { Route } from '../../domain/route/route.ts';
import { updateConfirmed } from '../../domain/transfer/confirmed.ts';
import type { TransferDocument } from '../../domain/transfer/transfer-document.ts';
import { notTold, TRANSFER_ENDS } from '../../domain/webhook/webhook.ts';
import { required } from '../activity.ts';
import type { Services } from '../services.ts';
import { wantsNotice } from './webhook-of-route.ts';

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
  const found = await findReturned(services, route, report);
  if (found.length === 0) return { report: undefined, ignored: [] };
  const { stop } = await services.transfers.readControl(report.id);
  const end = { now: new Date().toISOString(), stopped: stop !== null };
  const returned = new Map(found.map(({ batch, returned }) => [batch.path, returned]));
  let ignored = new Set<string>();
  const changed = await services.transfers.changeReport(report.id, (current) => {
    const applied = applyReturned(current, returned, end);
    ignored = new Set(applied.ignored);
    return applied.report && withNotice(services, applied.report);
  });
  if (changed) await confirm(services, changed, new Set(returned.keys()));
  const told = found.flatMap(({ batch, returned }) =>
    !returned.ok && ignored.has(batch.path) ? [{ archive: batch.archive, ...returned.ignored }] : [],
  );
  return { report: changed, ignored: told };
}

/** The webhook is told once more, now of the end that is final. */
function withNotice(services: Services, { webhook, ...report }: TransferDocument): TransferDocument {
  if (report.counts.HandedOver > 0) return { ...report, ...(webhook ? { webhook } : {}) };
  return wantsNotice(services, report.route, report.state)
    ? { ...report, webhook: notTold(TRANSFER_ENDS.returned) }
    : report;
}

/** Were this lost, the artifacts would move once more. */
async function confirm({ confirmed }: Services, { route, artifacts = [] }: TransferDocument, paths: Set<string>) {
  const settled = artifacts.filter(({ batch, outcome }) => batch !== null && paths.has(batch) && isTold(outcome));
  if (settled.length > 0) await confirmed.update(route, (known) => updateConfirmed(known, settled));
}

function isTold(outcome: Outcome | null): boolean {
  return outcome === 'Transferred' || outcome === 'Failed';
}

interface Found {
  batch: AwaitedBatch;
  returned: Returned;
}

async function findReturned(services: Services, route: Route, report: TransferDocument): Promise<Found[]> {
  const receipts = required(services.receipts(route, 'source'), `source of route ${route.name}`);
  const names = new Set<string>();
  for await (const name of receipts.list(`${report.id}-`)) names.add(name);
  const found: Found[] = [];
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

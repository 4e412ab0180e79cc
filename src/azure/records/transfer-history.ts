import type { LastTransfer } from '../../domain/api/answers.ts';
import { isFinalState } from '../../domain/outcome.ts';
import { stateOf } from '../../domain/transfer/transfer-document.ts';
import {
  marksOf,
  summarize,
  type TransferMarks,
  type TransferSummary,
} from '../../domain/transfer/transfer-summary.ts';
import type { TransferEntry } from './transfer-index.ts';
import type { TransferRecords } from './transfer-records.ts';

/**
 * The summary an index entry stands for, in one small read when the transfer has ended; `undefined` when the entry is
 * a leftover.
 */
export async function readIndexed(
  transfers: TransferRecords,
  entry: TransferEntry,
): Promise<TransferSummary | undefined> {
  const summary = entry.marks?.end ? await transfers.index.readSummary(entry) : undefined;
  if (summary) return summary;
  const document = await transfers.readDocument(entry.id);
  return document && transfers.index.isOf(entry, document) ? summarize(document) : undefined;
}

/**
 * What an index entry should say of a transfer that has ended, and says from now on: a worker may have died before it
 * wrote that. An entry that is nobody's is removed, so call it only for one whose request nobody is about to write.
 * @returns nothing where the transfer goes on or the entry was removed
 */
export async function mendEntry(transfers: TransferRecords, entry: TransferEntry): Promise<TransferMarks | undefined> {
  const report = await transfers.readReport(entry.id);
  if (report?.finishedAt && transfers.index.isOf(entry, report)) {
    await transfers.close(report, false);
    const { removed } = await transfers.readControl(entry.id);
    return marksOf(summarize(report), removed);
  }
  const request = await transfers.readRequest(entry.id);
  if (!request || !transfers.index.isOf(entry, request)) await transfers.index.discard(entry);
  return undefined;
}

/** The newest transfer of a route, as it is now: one read, three while it goes on. */
export async function readLastTransfer(transfers: TransferRecords, route: string): Promise<LastTransfer | undefined> {
  const last = await transfers.last.read(route);
  if (!last || isFinalState(last.state)) return last;
  const [progress, control] = await Promise.all([transfers.readProgress(last.id), transfers.readControl(last.id)]);
  return { ...last, state: stateOf({ progress, control }) };
}

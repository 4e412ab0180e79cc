import type { ReceiptStore } from '../../azure/blobs/receipts.ts';
import type { ImportEnd } from '../../domain/activities.ts';
import { TransferError } from '../../domain/errors.ts';
import type { ImportDocument } from '../../domain/import/import-document.ts';
import { answerReceipt, isRefusal, parseAnswer } from '../../domain/receipt/import-receipt.ts';
import { type ImportReceipt, importReceiptSchema, receiptNames } from '../../domain/receipt/receipt.ts';
import type { Services } from '../services.ts';

/**
 * Writes the target's receipt, signed where the route names a key, for the carrier to bring back: what became of the
 * artifacts, or that nothing could be imported and why. Nothing without a receipt of the source: nobody waits for it. What
 * was imported of an archive is never replaced by a refusal of a later copy of it; the other way round it is, and
 * `onRefused` is told before, since the source may have ended its transfer by then. Twice: the same again.
 */
export async function writeImportReceipt(
  services: Services,
  document: ImportDocument,
  end: ImportEnd['kind'],
  onRefused: (reason: string) => Promise<void>,
): Promise<void> {
  const receipt = answerReceipt(document, end, new Date().toISOString());
  if (!receipt) return;
  const route = services.route(document.route);
  const receipts = services.receipts(route, 'target');
  const name = receiptNames.importReceipt(document.archive.name);
  const answered = receipts && (await readAnswered(receipts, name));
  if (answered && isSameArchive(answered, receipt)) {
    if (isRefusal(receipt) && !isRefusal(answered)) return;
    if (isRefusal(answered) && !isRefusal(receipt)) await onRefused(refusedBefore(answered));
  }
  const text = JSON.stringify(importReceiptSchema.parse(receipt));
  const signature = (await services.signer(route, 'target')?.sign(text)) ?? null;
  await receipts?.write(name, text, signature);
}

/** What lies there and cannot be an answer of this app's does not keep it from answering. */
async function readAnswered(receipts: ReceiptStore, name: string): Promise<ImportReceipt | undefined> {
  try {
    const found = await receipts.read(name);
    return found && parseAnswer(found.text);
  } catch (error) {
    if (error instanceof TransferError && error.code === 'RECEIPT_TOO_LARGE') return undefined;
    throw error;
  }
}

function isSameArchive(answered: ImportReceipt, receipt: ImportReceipt): boolean {
  return answered.transfer === receipt.transfer && answered.batch === receipt.batch;
}

function refusedBefore({ error, importedAt }: ImportReceipt): string {
  const why = `${importedAt}: ${error?.code}`;
  return `This archive was refused before (${why}). Where the source has been brought that receipt, its transfer has ended as Failed and stays so.`;
}

import type { StoredReceipt } from '../../azure/blobs/receipts.ts';
import { TransferError } from '../../domain/errors.ts';
import type { LandedArchive } from '../../domain/import/import-document.ts';
import { receiptNames } from '../../domain/receipt/receipt.ts';
import { type JudgedReceipt, judgeReceipt } from '../../domain/receipt/receipt-check.ts';
import { verifySignature } from '../../domain/receipt/receipt-signature.ts';
import type { Route } from '../../domain/route/route.ts';
import type { Services } from '../services.ts';

/**
 * Reads and judges the receipt of an archive in the target's account. Where the route does not require one, a receipts'
 * container that cannot be read counts as empty, and says so.
 */
export async function readReceipt(services: Services, route: Route, archive: LandedArchive): Promise<JudgedReceipt> {
  const { receipts } = route;
  try {
    const stored = await services.receipts(route, 'target')?.read(receiptNames.receipt(archive.name));
    return judgeReceipt({ text: stored?.text, signatureFault: signatureFaultOf(route, stored), archive, receipts });
  } catch (error) {
    if (!(error instanceof TransferError) || error.class === 'transient') throw error;
    if (error.code === 'RECEIPT_TOO_LARGE') return judgeReceipt({ text: '', signatureFault: null, archive, receipts });
    if (receipts === 'required') throw error;
    const unread = judgeReceipt({ text: undefined, signatureFault: null, archive, receipts });
    return { ...unread, view: { ...unread.view, reason: error.message } };
  }
}

function signatureFaultOf({ receiptKeys }: Route, stored: StoredReceipt | undefined): string | null {
  if (!stored || receiptKeys.verify === undefined) return null;
  const verdict = verifySignature(stored.text, stored.signature, receiptKeys.verify);
  return verdict.ok ? null : verdict.message;
}

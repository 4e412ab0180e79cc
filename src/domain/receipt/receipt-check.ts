import type { ReceiptView } from '../import/import-document.ts';
import type { Route } from '../route/route.ts';
import { type Receipt, receiptSchema } from './receipt.ts';

/** A receipt as it lies there, judged. `receipt` only where the archive is what it says. */
export interface JudgedReceipt {
  view: ReceiptView;
  receipt: Receipt | null;
}

export interface ReceiptFacts {
  /** `undefined`: there is none. */
  text: string | undefined;
  /** Why its signature is not trusted, where the route names keys; `null` when it is, or need not be. */
  signatureFault: string | null;
  archive: { name: string; bytes: number | null; md5: string | null };
  /** Of the route: where a receipt is required, what cannot be compared counts as different. */
  receipts: Route['receipts'];
}

/**
 * Compares an archive with its receipt: name, length, and the MD5 that it promises. What the blob does not tell (its MD5,
 * or all of a blob that was gone before the app saw it) is a mismatch where a receipt is required, and the `reason` of one
 * that `matched` otherwise. Never throws: what a hostile or broken receipt says is named, and no archive matches it.
 */
export function judgeReceipt({ text, signatureFault, archive, receipts }: ReceiptFacts): JudgedReceipt {
  if (text === undefined) return judged('none', 'There is no receipt for this archive.');
  if (signatureFault !== null) return judged('unsigned', `The receipt is not trusted: ${signatureFault}.`);
  const receipt = parseReceipt(text);
  if (!receipt) return judged('invalid', 'What lies there as the receipt is none of this version.');
  const { transfer, batch } = receipt;
  const different = differences(receipt, archive);
  const untold = whatIsUntold(receipt, archive);
  if (different.length > 0) {
    const reason = `The archive is not what its receipt says: ${different.join('; ')}.`;
    return judged('mismatch', reason, { transfer, batch });
  }
  if (untold !== null && receipts === 'required') return judged('mismatch', untold, { transfer, batch });
  return { view: { state: 'matched', reason: untold, transfer, batch }, receipt };
}

function parseReceipt(text: string): Receipt | undefined {
  try {
    return receiptSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function differences({ archive: said }: Receipt, found: ReceiptFacts['archive']): string[] {
  const different: string[] = [];
  if (said.name !== found.name) different.push(`it is of ${said.name}`);
  if (found.bytes !== null && said.bytes !== found.bytes) {
    different.push(`it says ${said.bytes} bytes, the blob has ${found.bytes}`);
  }
  if (said.md5 !== null && found.md5 !== null && !isSameMd5(said.md5, found.md5)) {
    different.push(`it says MD5 ${said.md5}, the blob has ${found.md5}`);
  }
  return different;
}

/** What the receipt says of the archive and the blob leaves unsaid; `null` where nothing. */
function whatIsUntold({ archive: said }: Receipt, found: ReceiptFacts['archive']): string | null {
  if (found.bytes === null) return 'The archive was gone before it could be compared with its receipt.';
  if (said.md5 === null || found.md5 !== null) return null;
  return `The receipt says MD5 ${said.md5}, and the blob has no Content-MD5 to compare: ${KEEP_MD5}.`;
}

const KEEP_MD5 = 'whoever carries the archive must keep it (azcopy copy --put-md5 where it is uploaded from a disk)';

/** Base64 may be written in more ways than one. */
function isSameMd5(left: string, right: string): boolean {
  return Buffer.from(left, 'base64').equals(Buffer.from(right, 'base64'));
}

function judged(state: ReceiptView['state'], reason: string, of: Partial<ReceiptView> = {}): JudgedReceipt {
  return { view: { state, reason, transfer: of.transfer ?? null, batch: of.batch ?? null }, receipt: null };
}

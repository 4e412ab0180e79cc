import type { ReceiptView } from './import-document.ts';
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
}

/**
 * Compares an archive with its receipt: name, length, and MD5 where both have one. Never throws: what a hostile or
 * broken receipt says is named, and no archive matches it.
 */
export function judgeReceipt({ text, signatureFault, archive }: ReceiptFacts): JudgedReceipt {
  if (text === undefined) return judged('none', 'There is no receipt for this archive.');
  if (signatureFault !== null) return judged('unsigned', `The receipt is not trusted: ${signatureFault}.`);
  const receipt = parseReceipt(text);
  if (!receipt) return judged('invalid', 'What lies there as the receipt is none of this version.');
  const { transfer, batch } = receipt;
  const different = differences(receipt, archive);
  if (different.length > 0) {
    return judged('mismatch', `The archive is not what its receipt says: ${different.join('; ')}.`, {
      transfer,
      batch,
    });
  }
  return { view: { state: 'matched', reason: null, transfer, batch }, receipt };
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
  if (said.bytes !== found.bytes) different.push(`it says ${said.bytes} bytes, the blob has ${found.bytes}`);
  if (said.md5 !== null && found.md5 !== null && !isSameMd5(said.md5, found.md5)) {
    different.push(`it says MD5 ${said.md5}, the blob has ${found.md5}`);
  }
  return different;
}

/** Base64 may be written in more ways than one. */
function isSameMd5(left: string, right: string): boolean {
  return Buffer.from(left, 'base64').equals(Buffer.from(right, 'base64'));
}

function judged(state: ReceiptView['state'], reason: string, of: Partial<ReceiptView> = {}): JudgedReceipt {
  return { view: { state, reason, transfer: of.transfer ?? null, batch: of.batch ?? null }, receipt: null };
}

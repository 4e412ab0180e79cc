import { setTimeout as sleep } from 'node:timers/promises';
import { openReceipts, type ReceiptStore } from '../../src/azure/blobs/receipts.ts';
import { createCredential } from '../../src/azure/sign-in/credential.ts';
import type { Side } from '../../src/domain/errors.ts';
import { receiptNames, receiptSchema } from '../../src/domain/receipt/receipt.ts';
import type { TransferDocument } from '../../src/domain/transfer/transfer-document.ts';
import type { TestStack } from './stack.ts';

/** The receipts of a side of a stack. */
export function receiptsOf({ route }: TestStack, side: Side): ReceiptStore {
  return openReceipts(route[side].container, createCredential(route[side]), side);
}

/** The receipt of an archive as it lies there, and parsed. @throws when there is none */
export async function receiptOf(stack: TestStack, side: Side, archive: string) {
  const found = await receiptsOf(stack, side).read(receiptNames.receipt(archive));
  if (!found) throw new Error(`no receipt of ${archive} on the ${side} side`);
  return { ...found, receipt: receiptSchema.parse(JSON.parse(found.text)) };
}

/** The archive of a transfer's first batch; empty when there is none. */
export function archiveOf(document: TransferDocument): string {
  return document.batches[0]?.archive?.name ?? '';
}

/** Reads again until what is read is as wanted. */
export async function until<T>(read: () => Promise<T>, reached: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (reached(value)) return value;
    await sleep(50);
  }
}

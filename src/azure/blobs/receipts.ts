import type { TokenCredential } from '@azure/core-auth';
import { type Side, TransferError } from '../../domain/errors.ts';
import { RECEIPTS_CONTAINER, receiptNames } from '../../domain/receipt/receipt.ts';
import { unlessCode } from './container-handle.ts';
import { type ContainerStore, openContainer } from './storage.ts';

/** A receipt as it lies there: the very text that its signature is over, and the signature, if there is one. */
export interface StoredReceipt {
  text: string;
  signature: string | null;
  /** Of the receipt, not of the signature. */
  etag: string;
}

/** What passes with archives in one account: JSON documents with detached signatures. All throw `TransferError`s. */
export interface ReceiptStore {
  /** Of the container, without any token. */
  url: string;
  /** The URL of a blob in it, without any token. */
  urlOf(name: string): string;
  /** `undefined` when there is no such receipt, or no container. @throws `RECEIPT_TOO_LARGE` beyond 4 MiB */
  read(name: string): Promise<StoredReceipt | undefined>;
  /**
   * Writes a receipt, its signature first: who finds the one finds the other. With `null` a signature of an earlier text
   * goes. Makes the container where it is missing and the app may.
   */
  write(name: string, text: string, signature: string | null): Promise<void>;
  /** Deletes a receipt and its signature; what is not there is fine. */
  delete(name: string): Promise<void>;
  /** Names of the receipts that begin so, without their signatures, in the order of their names. */
  list(prefix: string): AsyncIterable<string>;
}

const NO_CONTAINER = ['ContainerNotFound'];
/** Anybody who may write to the container may put anything there. */
const MAX_RECEIPT_BYTES = 4 * 1024 * 1024;

/**
 * The receipts of a side: the container `acr-transfer-receipts` in the account of `containerUrl`. Nothing is asked yet.
 * `side` appears in errors.
 */
export function openReceipts(containerUrl: string, credential: TokenCredential, side?: Side): ReceiptStore {
  const { origin } = new URL(containerUrl);
  return receiptStore(openContainer(`${origin}/${RECEIPTS_CONTAINER}`, credential, side));
}

/** The same over any container. */
export function receiptStore(container: ContainerStore): ReceiptStore {
  return {
    url: container.url,
    urlOf: (name) => container.urlOf(name),
    read: (name) => unlessCode(NO_CONTAINER, () => read(container, name)),
    async write(name, text, signature) {
      const written = await unlessCode(NO_CONTAINER, () => write(container, name, text, signature));
      if (written) return;
      await container.ensureExists();
      await write(container, name, text, signature);
    },
    async delete(name) {
      await unlessCode(NO_CONTAINER, async () => {
        await container.delete(name);
        await container.delete(receiptNames.signature(name));
      });
    },
    list: (prefix) => list(container, prefix),
  };
}

async function read(container: ContainerStore, name: string): Promise<StoredReceipt | undefined> {
  const found = await readSmall(container, name);
  if (!found) return undefined;
  const signature = await readSmall(container, receiptNames.signature(name));
  return { text: found.text, etag: found.etag, signature: signature?.text ?? null };
}

async function readSmall(container: ContainerStore, name: string) {
  const found = await container.properties(name);
  if (!found) return undefined;
  if (found.sizeBytes <= MAX_RECEIPT_BYTES) return container.readText(name);
  const message = `${container.urlOf(name)} has ${found.sizeBytes} bytes; allowed: up to ${MAX_RECEIPT_BYTES}.`;
  throw new TransferError(message, { class: 'service', code: 'RECEIPT_TOO_LARGE' });
}

async function write(container: ContainerStore, name: string, text: string, signature: string | null): Promise<true> {
  if (signature === null) await container.delete(receiptNames.signature(name));
  else await container.writeText(receiptNames.signature(name), signature);
  await container.writeText(name, text);
  return true;
}

async function* list(container: ContainerStore, prefix: string): AsyncGenerator<string> {
  const names = container.list(prefix)[Symbol.asyncIterator]();
  for (;;) {
    const next = await unlessCode(NO_CONTAINER, () => names.next());
    if (!next || next.done) return;
    if (next.value.name.endsWith('.json')) yield next.value.name;
  }
}

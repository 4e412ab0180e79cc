import { setTimeout as sleep } from 'node:timers/promises';
import { isFinalState } from '../../src/domain/outcome.ts';
import { type TransferDocument, transferDocumentSchema } from '../../src/domain/transfer/transfer-document.ts';

/** Where the app answers. */
export interface AppAddress {
  url: string;
  key: string;
}

const POLL_MS = 500;
/** The host may be starting again at the moment. */
const MAX_FAILED_POLLS = 120;

/** Starts a transfer through the HTTP trigger. @throws with the problem document when it is refused */
export async function postTransfer({ url, key }: AppAddress, request: object): Promise<TransferDocument> {
  const response = await fetch(`${url}/api/transfers`, {
    method: 'POST',
    headers: { 'x-functions-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST /api/transfers: ${response.status} ${text}`);
  return transferDocumentSchema.parse(JSON.parse(text));
}

/** Reads a transfer until it has ended; `onChange` gets every state in between. */
export async function followTransfer(
  address: AppAddress,
  id: string,
  onChange: (document: TransferDocument) => void,
): Promise<TransferDocument> {
  let failed = 0;
  for (;;) {
    const document = await readTransfer(address, id);
    failed = document ? 0 : failed + 1;
    if (failed > MAX_FAILED_POLLS) throw new Error(`Transfer ${id} could not be read any more.`);
    if (document) onChange(document);
    if (document && isFinalState(document.state)) return document;
    await sleep(POLL_MS);
  }
}

async function readTransfer({ url, key }: AppAddress, id: string): Promise<TransferDocument | undefined> {
  try {
    const response = await fetch(`${url}/api/transfers/${id}`, { headers: { 'x-functions-key': key } });
    const text = await response.text();
    return response.ok ? transferDocumentSchema.parse(JSON.parse(text)) : undefined;
  } catch (error) {
    // By name: under jest the error is of another realm.
    if ((error as Error).name === 'TypeError') return undefined;
    throw error;
  }
}

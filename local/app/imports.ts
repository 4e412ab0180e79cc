import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type ImportDocument, importDocumentSchema } from '../../src/domain/import/import-document.ts';
import { isFinalState } from '../../src/domain/outcome.ts';
import type { AppAddress } from './transfers.ts';

const POLL_MS = 500;
/** The host may be starting again at the moment. */
const MAX_FAILED_POLLS = 120;
const pageSchema = z.object({ value: z.array(importDocumentSchema) });

/** Reads the imports of an app until there is one of each archive and all of those have ended. */
export async function followImports(
  address: AppAddress,
  archives: readonly string[],
  onChange: (imports: readonly ImportDocument[]) => void,
): Promise<ImportDocument[]> {
  let failed = 0;
  for (;;) {
    const found = await readImports(address, archives);
    failed = found ? 0 : failed + 1;
    if (failed > MAX_FAILED_POLLS) throw new Error(`The imports of ${address.url} could not be read any more.`);
    if (found) onChange(found);
    const isOver = found?.length === archives.length && found.every(({ state }) => hasEnded(state));
    if (found && isOver) return found;
    await sleep(POLL_MS);
  }
}

function hasEnded(state: ImportDocument['state']): boolean {
  return state === 'Ignored' || isFinalState(state);
}

/** The newest import of each archive, in the archives' order; `undefined` when the app does not answer. */
async function readImports({ url, key }: AppAddress, archives: readonly string[]) {
  try {
    const response = await fetch(`${url}/api/imports?limit=100`, { headers: { 'x-functions-key': key } });
    if (!response.ok) return undefined;
    const { value } = pageSchema.parse(await response.json());
    return archives.flatMap((name) => value.find(({ archive }) => archive.name === name) ?? []);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

import type { ImportEnd } from '../activities.ts';
import type { Failure } from '../errors.ts';
import type { ImportDocument } from '../import/import-document.ts';
import { type ImportReceipt, importReceiptSchema, RECEIPT_VERSION } from './receipt.ts';

/** An import as it ends. */
export type EndedImport = Pick<ImportDocument, 'id' | 'archive' | 'receipt' | 'runs' | 'error' | 'artifacts'>;

/** Failures that say nothing of the archive: it, or another state of it, may be imported all the same. */
const STILL_OPEN = new Set(['SERVICE_DID_NOT_IMPORT', 'ARCHIVE_NOT_FOUND', 'ARCHIVE_CHANGED']);

/**
 * What the target answers to a receipt of the source: what became of each artifact that the receipt names, or, where
 * nothing could be imported, a refusal, which names none and gives the reason. `undefined` where nobody can be answered
 * (no receipt that is trusted and can be read) or nothing is decided yet. `now` in ISO 8601.
 */
export function answerReceipt(ended: EndedImport, end: ImportEnd['kind'], now: string): ImportReceipt | undefined {
  const { id, archive, receipt, runs, error, artifacts } = ended;
  const { state, transfer, batch } = receipt;
  if (transfer === null || batch === null) return undefined;
  const head = {
    version: RECEIPT_VERSION,
    transfer,
    batch,
    archive: { name: archive.name, bytes: archive.bytes ?? 0, md5: archive.md5 },
    id,
    importedAt: runs.at(-1)?.finishedAt ?? now,
    error,
  } as const;
  if (end === 'Ran' && state === 'matched') return { ...head, artifacts: artifacts.flatMap(answerArtifact) };
  return isFinalRefusal(error) ? { ...head, artifacts: [] } : undefined;
}

/** What the receipt did not name, the source has not asked for. */
function answerArtifact(artifact: ImportDocument['artifacts'][number]): ImportReceipt['artifacts'] {
  const { artifact: name, expectedDigest, digest, outcome, error } = artifact;
  if (expectedDigest === null) return [];
  return [{ artifact: name, digest: expectedDigest, verifiedDigest: digest, outcome: outcome ?? 'Failed', error }];
}

function isFinalRefusal(error: Failure | null): boolean {
  return error !== null && !STILL_OPEN.has(error.code);
}

/** Whether an answer says that nothing of an archive could be imported. */
export function isRefusal({ error, artifacts }: Pick<ImportReceipt, 'error' | 'artifacts'>): boolean {
  return error !== null && artifacts.length === 0;
}

/** An answer that lies there already; `undefined` for what is none. */
export function parseAnswer(text: string): ImportReceipt | undefined {
  try {
    return importReceiptSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

import { toAttempt } from '../../domain/transfer/transfer-document.ts';
import { countRetry } from '../../telemetry/measures.ts';
import type { Activity } from '../activity.ts';

/** Keeps a failed try of an import's run that is repeated, and counts it. Twice: each run is kept and counted once. */
export const recordImportRetry: Activity<'recordImportRetry'> = async ({ imports }, { importId, run, failure }) => {
  const retry = toAttempt('Import', failure, run, new Date().toISOString());
  let isNew = false;
  await imports.update(importId, (found) => {
    isNew = !found.retries.some((kept) => kept.run === run);
    return isNew ? { ...found, retries: [...found.retries, retry] } : found;
  });
  if (isNew) countRetry('Import', failure.class);
  return null;
};

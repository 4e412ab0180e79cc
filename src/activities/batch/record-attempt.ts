import { addAttempt } from '../../domain/batch/batch-record.ts';
import { toAttempt } from '../../domain/transfer/transfer-document.ts';
import { countRetry } from '../../telemetry/measures.ts';
import type { Activity } from '../activity.ts';

/** Keeps a failed try. Twice: the same step, run and code is kept once. */
export const recordAttempt: Activity<'recordAttempt'> = async ({ transfers }, { transfer, path, ...report }) => {
  const attempt = toAttempt(report.step, report.failure, report.run, new Date().toISOString());
  await transfers.updateBatch(transfer, path, (record) => addAttempt(record, attempt));
  countRetry(report.step, report.failure.class);
  return null;
};

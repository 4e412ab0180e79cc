import type { ActivityName } from '../domain/activities.ts';
import type { Activity } from './activity.ts';
import { beginBatch } from './batch/begin-batch.ts';
import { failBatch } from './batch/fail-batch.ts';
import { handOver } from './batch/hand-over.ts';
import { recordAttempt } from './batch/record-attempt.ts';
import { settleBatch } from './batch/settle-batch.ts';
import { splitBatch } from './batch/split-batch.ts';
import { writeReceipt } from './batch/write-receipt.ts';
import { beginCopy } from './copy/begin-copy.ts';
import { commitCopy } from './copy/commit-copy.ts';
import { copySlice } from './copy/copy-slice.ts';
import { discardCopy } from './copy/discard-copy.ts';
import { beginDelete } from './delete/begin-delete.ts';
import { deleteArchives } from './delete/delete-archives.ts';
import { deleteRecord } from './delete/delete-record.ts';
import { deleteRuns } from './delete/delete-runs.ts';
import { markRemoved } from './delete/mark-removed.ts';
import { beginImport } from './import/begin-import.ts';
import { claimBlob } from './import/claim-blob.ts';
import { endImport } from './import/end-import.ts';
import { findOtherRuns } from './import/find-other-runs.ts';
import { lookAtImport } from './import/look-at-import.ts';
import { recordImportRetry } from './import/record-import-retry.ts';
import { verifyImport } from './import/verify-import.ts';
import { joinSelection } from './resolve/join-selection.ts';
import { planTransfer } from './resolve/plan-transfer.ts';
import { resolveArtifacts } from './resolve/resolve-artifacts.ts';
import { selectArtifacts } from './resolve/select-artifacts.ts';
import { selectRepositories } from './resolve/select-repositories.ts';
import { readRun } from './run/read-run.ts';
import { startRun } from './run/start-run.ts';
import { inspectSas } from './sas/inspect-sas.ts';
import { publishSas } from './sas/publish-sas.ts';
import { retireSas } from './sas/retire-sas.ts';
import { beginTransfer } from './transfer/begin-transfer.ts';
import { collectPushes } from './transfer/collect-pushes.ts';
import { dropPushes } from './transfer/drop-pushes.ts';
import { preflightRoute } from './transfer/preflight-route.ts';
import { readControl } from './transfer/read-control.ts';
import { sendWebhook } from './transfer/send-webhook.ts';
import { writeReport } from './transfer/write-report.ts';

/** What works on Durable itself is not here: it needs the client that only `functions/` has. */
export type ClientActivityName = 'purgeInstances' | 'startTransfer' | 'startNotification';
export type PlainActivityName = Exclude<ActivityName, ClientActivityName>;

/** Every other activity under the name it is registered by. */
export const activities: { [N in PlainActivityName]: Activity<N> } = {
  beginTransfer,
  preflightRoute,
  selectRepositories,
  selectArtifacts,
  joinSelection,
  resolveArtifacts,
  planTransfer,
  readControl,
  beginBatch,
  startRun,
  readRun,
  beginCopy,
  copySlice,
  commitCopy,
  discardCopy,
  writeReceipt,
  handOver,
  recordAttempt,
  settleBatch,
  failBatch,
  splitBatch,
  writeReport,
  beginDelete,
  deleteArchives,
  deleteRuns,
  markRemoved,
  deleteRecord,
  collectPushes,
  dropPushes,
  sendWebhook,
  beginImport,
  lookAtImport,
  claimBlob,
  findOtherRuns,
  verifyImport,
  recordImportRetry,
  endImport,
  inspectSas,
  publishSas,
  retireSas,
};

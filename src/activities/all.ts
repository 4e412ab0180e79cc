import type { ActivityName } from '../domain/activities.ts';
import type { Activity } from './activity.ts';
import { beginBatch } from './begin-batch.ts';
import { beginCopy } from './begin-copy.ts';
import { beginDelete } from './begin-delete.ts';
import { beginImport } from './begin-import.ts';
import { beginTransfer } from './begin-transfer.ts';
import { claimBlob } from './claim-blob.ts';
import { collectPushes } from './collect-pushes.ts';
import { commitCopy } from './commit-copy.ts';
import { copySlice } from './copy-slice.ts';
import { deleteArchives } from './delete-archives.ts';
import { deleteRecord } from './delete-record.ts';
import { deleteRuns } from './delete-runs.ts';
import { discardCopy } from './discard-copy.ts';
import { dropPushes } from './drop-pushes.ts';
import { endImport } from './end-import.ts';
import { failBatch } from './fail-batch.ts';
import { findOtherRuns } from './find-other-runs.ts';
import { handOver } from './hand-over.ts';
import { inspectSas } from './inspect-sas.ts';
import { joinSelection } from './join-selection.ts';
import { lookAtImport } from './look-at-import.ts';
import { markRemoved } from './mark-removed.ts';
import { planTransfer } from './plan-transfer.ts';
import { preflightRoute } from './preflight-route.ts';
import { publishSas } from './publish-sas.ts';
import { readControl } from './read-control.ts';
import { readRun } from './read-run.ts';
import { recordAttempt } from './record-attempt.ts';
import { recordImportRetry } from './record-import-retry.ts';
import { resolveArtifacts } from './resolve-artifacts.ts';
import { retireSas } from './retire-sas.ts';
import { selectArtifacts } from './select-artifacts.ts';
import { selectRepositories } from './select-repositories.ts';
import { sendWebhook } from './send-webhook.ts';
import { settleBatch } from './settle-batch.ts';
import { splitBatch } from './split-batch.ts';
import { startRun } from './start-run.ts';
import { verifyImport } from './verify-import.ts';
import { writeReceipt } from './write-receipt.ts';
import { writeReport } from './write-report.ts';

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

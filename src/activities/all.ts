import type { ActivityName } from '../domain/activities.ts';
import type { Activity } from './activity.ts';
import { beginBatch } from './begin-batch.ts';
import { beginCopy } from './begin-copy.ts';
import { beginTransfer } from './begin-transfer.ts';
import { claimBlob } from './claim-blob.ts';
import { commitCopy } from './commit-copy.ts';
import { copySlice } from './copy-slice.ts';
import { inspectSas } from './inspect-sas.ts';
import { planTransfer } from './plan-transfer.ts';
import { preflightRoute } from './preflight-route.ts';
import { publishSas } from './publish-sas.ts';
import { readRun } from './read-run.ts';
import { recordAttempt } from './record-attempt.ts';
import { resolveArtifacts } from './resolve-artifacts.ts';
import { retireSas } from './retire-sas.ts';
import { settleBatch } from './settle-batch.ts';
import { splitBatch } from './split-batch.ts';
import { startRun } from './start-run.ts';
import { writeImportReport } from './write-import-report.ts';
import { writeReport } from './write-report.ts';

/** Every activity under the name it is registered by. */
export const activities: { [N in ActivityName]: Activity<N> } = {
  beginTransfer,
  preflightRoute,
  resolveArtifacts,
  planTransfer,
  beginBatch,
  startRun,
  readRun,
  beginCopy,
  copySlice,
  commitCopy,
  recordAttempt,
  settleBatch,
  splitBatch,
  writeReport,
  claimBlob,
  writeImportReport,
  inspectSas,
  publishSas,
  retireSas,
};

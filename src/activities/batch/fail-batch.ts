import { partsByArtifact } from '../../domain/batch/batch-parts.ts';
import { type Attempt, addAttempt, type BatchRecord } from '../../domain/batch/batch-record.ts';
import { toAttempt } from '../../domain/transfer/transfer-document.ts';
import { traceBatch } from '../../telemetry/record-spans.ts';
import { type Activity, required } from '../activity.ts';

/**
 * Writes that a batch cannot go on: what is open in any of its parts is `Failed` with the reason, without having been
 * looked for again. With continueOnErrors off, this also stops the transfer. Twice: what has an outcome keeps it.
 */
export const failBatch: Activity<'failBatch'> = async ({ transfers }, { transfer, path, part, failed, reason }) => {
  const plan = required(await transfers.readBatchPlan({ transfer, path }), `plan of ${transfer}/${path}`);
  const at = new Date().toISOString();
  const attempt = toAttempt(reason.step, reason.failure, reason.run, at);
  const records = await transfers.readBatchParts(transfer, path);
  const before = failed && toAttempt(failed.step, failed.failure, failed.run, at);
  for (const [holder, open] of openByPart(path, partsByArtifact(plan.artifacts, records))) {
    const done = await transfers.updateBatch(transfer, holder, (record) =>
      giveUp(holder === part && before ? addAttempt(record, before) : record, open, attempt),
    );
    traceBatch(transfer, done, new Date(at));
  }
  const stopped = !plan.settings.continueOnErrors;
  if (stopped) await transfers.stop(transfer, 'Failure');
  return { stopped };
};

/** The open artifacts of a batch by the part that each was in last; those of which there is no record yet are the batch's own. */
function openByPart(path: string, parts: ReadonlyMap<string, readonly BatchRecord[]>): Map<string, string[]> {
  const open = new Map<string, string[]>();
  for (const [artifact, records] of parts) {
    const last = records.at(-1);
    if (last?.outcomes[artifact]?.outcome) continue;
    const holder = last?.path ?? path;
    open.set(holder, [...(open.get(holder) ?? []), artifact]);
  }
  return open;
}

function giveUp(record: BatchRecord, open: readonly string[], attempt: Attempt): BatchRecord {
  const outcomes = { ...record.outcomes };
  for (const artifact of open) {
    if (!outcomes[artifact]?.outcome) outcomes[artifact] = { outcome: 'Failed', attempt, verifiedDigest: null };
  }
  return { ...record, step: 'Done', outcomes };
}

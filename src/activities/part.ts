import type { BatchTarget } from '../domain/activities.ts';
import { artifactsOfPart, isWholeBatch, openArtifactsOf } from '../domain/batch/batch-parts.ts';
import { type BatchRecord, newBatchRecord } from '../domain/batch/batch-record.ts';
import type { BatchPlan, PlannedArtifact } from '../domain/plan/plan.ts';
import { required } from './activity.ts';
import type { Services } from './services.ts';

/** A batch, or a half or rest of one, as the record has it now. */
export interface Part {
  plan: BatchPlan;
  record: BatchRecord;
  artifacts: PlannedArtifact[];
  /** Those of which it is not yet known what becomes of them. */
  open: PlannedArtifact[];
}

/** Reads a part. @throws `RECORD_MISSING` for a half or rest that nobody made */
export async function readPart({ transfers }: Pick<Services, 'transfers'>, target: BatchTarget): Promise<Part> {
  const { transfer, path } = target;
  const [found, kept] = await Promise.all([transfers.readBatchPlan(target), transfers.readBatch(transfer, path)]);
  const plan = required(found, `plan of ${transfer}/${path}`);
  const record = isWholeBatch(path) ? (kept ?? newBatchRecord(path)) : required(kept, `batches/${path}.json`);
  return {
    plan,
    record,
    artifacts: artifactsOfPart(plan.artifacts, record),
    open: openArtifactsOf(plan.artifacts, record),
  };
}

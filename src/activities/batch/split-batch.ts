import { divide } from '../../domain/batch/batch-parts.ts';
import { traceBatch } from '../../telemetry/record-spans.ts';
import type { Activity } from '../activity.ts';
import { readPart } from '../part.ts';

/**
 * Makes the records of the parts that a part goes on as, from what is open in it; the part itself is done. Twice: what
 * is open does not change after its run was settled, and a record that is there keeps what it holds.
 */
export const splitBatch: Activity<'splitBatch'> = async (services, { transfer, path, division }) => {
  const { open, record: before } = await readPart(services, { transfer, path });
  const names = open.map(({ artifact }) => artifact);
  for (const child of divide(path, names, division)) {
    await services.transfers.updateBatch(transfer, child.path, (record) => ({
      ...record,
      artifacts: record.artifacts ?? child.artifacts,
    }));
  }
  const done = await services.transfers.updateBatch(transfer, path, (record) => ({ ...record, step: 'Done' }));
  if (before.step !== 'Done') traceBatch(transfer, done, new Date());
  return null;
};

import { divide } from '../../domain/batch/batch-parts.ts';
import { traceBatch } from '../../telemetry/record-spans.ts';
import type { Activity } from '../activity.ts';
import { readPart } from '../part.ts';

/**
 * Makes the records of the parts that a part goes on as, from what is open in it; the part itself is done. Twice: what
 * is open does not change after its run was settled, and a record that is there keeps what it holds. The last part takes
 * all that the one before it does not hold, which another version may have dealt out otherwise.
 */
export const splitBatch: Activity<'splitBatch'> = async (services, { transfer, path, division }) => {
  const { open, record: before } = await readPart(services, { transfer, path });
  const names = open.map(({ artifact }) => artifact);
  const left = new Set(names.toSorted());
  const children = divide(path, names, division);
  for (const child of children) {
    const dealt = child === children.at(-1) ? [...left] : child.artifacts;
    const { artifacts } = await services.transfers.updateBatch(transfer, child.path, (record) => ({
      ...record,
      artifacts: record.artifacts ?? dealt,
    }));
    for (const artifact of artifacts ?? []) left.delete(artifact);
  }
  const done = await services.transfers.updateBatch(transfer, path, (record) => ({ ...record, step: 'Done' }));
  if (before.step !== 'Done') traceBatch(transfer, done, new Date());
  return null;
};

import { type Activity, required } from '../activity.ts';

/** Reads what steers the batch. Twice: nothing is written, and a stop that came in between is honoured. */
export const beginBatch: Activity<'beginBatch'> = async ({ transfers, slots: slotsOf }, { transfer, path }) => {
  const [plan, control] = await Promise.all([
    transfers.readBatchPlan({ transfer, path }),
    transfers.readControl(transfer),
  ]);
  const { route, settings } = required(plan, `plan of ${transfer}/${path}`);
  const stopped = control.stop !== null || control.cancel !== null;
  if (!stopped) await transfers.updateBatch(transfer, path, (record) => record);
  const { runTimeoutMinutes, retry, continueOnErrors, maxSplitRuns, reach, receipts } = settings;
  const runTimeoutMs = runTimeoutMinutes * 60_000;
  const slots = slotsOf(route);
  return { route, stopped, runTimeoutMs, retry, continueOnErrors, maxSplitRuns, reach, receipts, slots };
};

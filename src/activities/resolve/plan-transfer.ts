import { reachOf } from '../../domain/plan/hand-over.ts';
import { assignBatches } from '../../domain/plan/plan.ts';
import { type Activity, required } from '../activity.ts';

/** Joins the resolved pages to the plan and assigns batches. Twice: the plan that was written first stays in force. */
export const planTransfer: Activity<'planTransfer'> = async ({ transfers, route: findRoute }, { transfer, pages }) => {
  const request = required(await transfers.readRequest(transfer), `request.json of ${transfer}`);
  await transfers.writeProgress(transfer, 'Planning');
  const route = findRoute(request.route);
  const resolved = await transfers.readPages(transfer, pages);
  const plan = await transfers.createPlan({
    transfer,
    route: route.name,
    plannedAt: new Date().toISOString(),
    settings: {
      continueOnErrors: request.options.continueOnErrors ?? route.continueOnErrors,
      overwrite: request.options.overwrite ?? false,
      maxParallelBatches: route.maxParallelBatches,
      maxSplitRuns: route.maxSplitRuns,
      runTimeoutMinutes: route.run.timeoutMinutes,
      retry: route.retry,
      reach: reachOf(route),
      receipts: route.receipts,
    },
    ...assignBatches(resolved),
  });
  const failed = !plan.settings.continueOnErrors && plan.artifacts.some(({ outcome }) => outcome === 'Failed');
  if (failed) await transfers.stop(transfer, 'Failure');
  const stopped = failed || (await transfers.readControl(transfer)).cancel !== null;
  await transfers.writeProgress(transfer, 'Transferring');
  return { batches: plan.batches, maxParallelBatches: plan.settings.maxParallelBatches, stopped };
};

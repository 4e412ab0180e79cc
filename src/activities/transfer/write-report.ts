import type { ActivityValue } from '../../domain/activities.ts';
import { buildReport, type TransferDocument } from '../../domain/transfer/transfer-document.ts';
import { notTold, TRANSFER_ENDS } from '../../domain/webhook/webhook.ts';
import { countTransfer } from '../../telemetry/measures.ts';
import { traceTransfer } from '../../telemetry/record-spans.ts';
import { type Activity, required } from '../activity.ts';
import { wantsNotice } from './webhook-of-route.ts';

/** Writes the report, and before it what it tells of the route's pace. Twice: a report that is there stays as it is. */
export const writeReport: Activity<'writeReport'> = async (services, { transfer, error }) => {
  const { transfers, paces } = services;
  const written = await transfers.readReport(transfer);
  if (written) {
    await transfers.close(written, false);
    return answerOf(written);
  }
  await transfers.writeProgress(transfer, 'Reporting');
  const record = required(await transfers.readRecord(transfer), `request.json of ${transfer}`);
  const control = await transfers.readControl(transfer);
  const finishedAt = new Date().toISOString();
  const report = buildReport(record, { finishedAt, error, stopped: control.stop !== null });
  const notify = wantsNotice(services, report.route, report.state) ? TRANSFER_ENDS.own : undefined;
  await paces.add(report);
  const marked = notify === undefined ? report : { ...report, webhook: notTold(notify) };
  const { inForce, isOurs } = await transfers.writeReport(marked);
  if (isOurs) {
    countTransfer(report);
    traceTransfer(report);
  }
  return answerOf(inForce);
};

function answerOf({ state, webhook }: TransferDocument): ActivityValue<'writeReport'> {
  return { state, ...(webhook ? { notify: webhook.end } : {}) };
}

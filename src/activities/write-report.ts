import { buildReport } from '../domain/transfer-document.ts';
import { NOT_TOLD } from '../domain/webhook.ts';
import { type Activity, required } from './activity.ts';
import { wantsNotice } from './webhook-of-route.ts';

/** Writes the report. Twice: a report that is there stays as it is. */
export const writeReport: Activity<'writeReport'> = async (services, { transfer, error }) => {
  const { transfers } = services;
  const written = await transfers.readReport(transfer);
  if (written) {
    await transfers.closeOpen(transfer);
    return { state: written.state, notify: written.webhook !== undefined };
  }
  await transfers.writeProgress(transfer, 'Reporting');
  const record = required(await transfers.readRecord(transfer), `request.json of ${transfer}`);
  const control = await transfers.readControl(transfer);
  const finishedAt = new Date().toISOString();
  const report = buildReport(record, { finishedAt, error, stopped: control.stop !== null });
  const notify = wantsNotice(services, report.route, report.state);
  await transfers.writeReport(notify ? { ...report, webhook: NOT_TOLD } : report);
  return { state: report.state, notify };
};

import { buildReport } from '../domain/transfer-document.ts';
import { countTransfer } from '../telemetry/measures.ts';
import { traceTransfer } from '../telemetry/record-spans.ts';
import { type Activity, required } from './activity.ts';

/** Writes the report, and before it what it tells of the route's pace. Twice: a report that is there stays as it is. */
export const writeReport: Activity<'writeReport'> = async ({ transfers, paces }, { transfer, error }) => {
  const written = await transfers.readReport(transfer);
  if (written) {
    await transfers.close(written);
    return { state: written.state };
  }
  await transfers.writeProgress(transfer, 'Reporting');
  const record = required(await transfers.readRecord(transfer), `request.json of ${transfer}`);
  const control = await transfers.readControl(transfer);
  const finishedAt = new Date().toISOString();
  const report = buildReport(record, { finishedAt, error, stopped: control.stop !== null });
  await paces.add(report);
  await transfers.writeReport(report);
  countTransfer(report);
  traceTransfer(report);
  return { state: report.state };
};

import type { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import type { Services } from '../activities/services.ts';
import { settleReturned } from '../activities/transfer/settle-returned.ts';
import { transferEndedLine } from '../domain/alert-lines.ts';
import type { TransferDocument } from '../domain/transfer/transfer-document.ts';
import { countTransfer } from '../telemetry/measures.ts';
import { ensureNotified } from './start-instance.ts';

/**
 * Takes in what the other side says of a transfer that has ended, and logs and counts how it ended then, as a transfer's
 * own end is: by the look that has changed the report, which no later one does. Where nothing waits any more, the webhook
 * is told and the marker goes, in this order: what breaks off in between is done again by the next look.
 */
export async function endHandOver(
  services: Services,
  client: DurableClient,
  context: InvocationContext,
  report: TransferDocument,
): Promise<void> {
  if (report.counts.HandedOver === 0) return conclude(services, client, report);
  await tell(services, client, report);
  const { report: changed, ignored } = await settleReturned(services, report);
  for (const one of ignored) {
    context.warn(JSON.stringify({ event: 'receiptIgnored', transfer: report.id, ...one }));
  }
  if (!changed) return;
  if (changed.counts.HandedOver === 0) {
    countTransfer(changed);
    context.log(transferEndedLine({ transfer: report.id }, { state: changed.state }));
  }
  await conclude(services, client, changed);
}

async function conclude(services: Services, client: DurableClient, report: TransferDocument): Promise<void> {
  await tell(services, client, report);
  await services.transfers.close(report, true);
}

/** The instance that should have had the webhook told may have been lost. */
async function tell({ transfers }: Services, client: DurableClient, report: TransferDocument): Promise<void> {
  const { id, webhook } = report;
  if (webhook && (await transfers.isUntold(report))) {
    await ensureNotified(client, { kind: 'transfer', id, end: webhook.end });
  }
}

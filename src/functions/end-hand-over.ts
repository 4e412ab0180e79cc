import type { InvocationContext } from '@azure/functions';
import type { Services } from '../activities/services.ts';
import { settleReturned } from '../activities/settle-returned.ts';
import type { TransferDocument } from '../domain/transfer-document.ts';
import { countTransfer } from '../telemetry/measures.ts';

/**
 * Takes in what the other side says of a transfer that has ended, and logs how it ended then, as a transfer's own end is
 * logged. Where nothing waits any more, the marker goes.
 */
export async function endHandOver(
  services: Services,
  context: InvocationContext,
  report: TransferDocument,
): Promise<void> {
  if (report.counts.HandedOver === 0) return services.transfers.close(report);
  const { report: changed, ignored } = await settleReturned(services, report);
  for (const one of ignored) {
    context.warn(JSON.stringify({ event: 'receiptIgnored', transfer: report.id, ...one }));
  }
  if (changed?.counts.HandedOver !== 0) return;
  countTransfer(changed);
  const ended = { event: 'transferEnded', input: { transfer: report.id }, result: { state: changed.state } };
  context.log(JSON.stringify(ended));
}

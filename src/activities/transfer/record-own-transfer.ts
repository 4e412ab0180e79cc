import type { TransferOptions } from '../../domain/transfer/request.ts';
import type { Services } from '../services.ts';

/** A transfer that nobody asked for by a call: a schedule's, or that of what was pushed. */
export interface OwnTransfer {
  id: string;
  route: string;
  artifacts: string[];
  options: TransferOptions;
  /** `schedule:{name}` or `push`. */
  requestedBy: string;
  correlationId: string;
}

/** Writes the request of a transfer that starts by itself. Twice: the first one stays. @returns whether it was this call that wrote it */
export async function recordOwnTransfer({ transfers }: Services, own: OwnTransfer): Promise<boolean> {
  if (await transfers.readRequest(own.id)) return false;
  return transfers.createRequest({ ...own, requestedAt: new Date().toISOString(), retryOf: null });
}

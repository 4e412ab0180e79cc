import type { Activity } from '../activity.ts';

/**
 * Deletes the record of a transfer that is marked for deletion. Twice: without a request there is nothing left, and a
 * transfer that has got the id since has no such mark.
 */
export const deleteRecord: Activity<'deleteRecord'> = async ({ transfers }, { transfer }) => {
  const request = await transfers.readRequest(transfer);
  const { deletion } = await transfers.readControl(transfer);
  if (request && deletion) await transfers.delete(request);
  return null;
};

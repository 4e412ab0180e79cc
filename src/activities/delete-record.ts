import type { Activity } from './activity.ts';

/** Deletes the record of a transfer. Twice: without a request there is nothing left. */
export const deleteRecord: Activity<'deleteRecord'> = async ({ transfers }, { transfer }) => {
  const request = await transfers.readRequest(transfer);
  if (request) await transfers.delete(request);
  return null;
};

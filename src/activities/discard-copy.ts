import { type Activity, required } from './activity.ts';
import { discardStaged } from './discard-staged.ts';

/** Drops what was staged of a copy that will not be finished. Twice: nothing is staged any more. */
export const discardCopy: Activity<'discardCopy'> = async (services, { transfer, archive }) => {
  const request = required(await services.transfers.readRequest(transfer), `request.json of ${transfer}`);
  await discardStaged(services.side(services.route(request.route), 'target').container, archive);
  return null;
};

import { RESOLVE_PAGE_ARTIFACTS } from '../domain/plan.ts';
import { type Activity, required } from './activity.ts';

/** Writes the first phase and says how many pages there are to resolve. Twice: the start time of the first stays. */
export const beginTransfer: Activity<'beginTransfer'> = async ({ transfers }, { transfer }) => {
  if (await transfers.readReport(transfer)) {
    await transfers.closeOpen(transfer);
    return { ended: true, pages: 0 };
  }
  const request = required(await transfers.readRequest(transfer), `request.json of ${transfer}`);
  await transfers.writeProgress(transfer, 'Resolving');
  return { ended: false, pages: Math.ceil(request.artifacts.length / RESOLVE_PAGE_ARTIFACTS) };
};

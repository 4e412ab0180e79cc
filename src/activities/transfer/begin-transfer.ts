import { PAGES_PER_CHILD, RESOLVE_PAGE_ARTIFACTS } from '../../domain/plan/plan.ts';
import { hasSelectors } from '../../domain/transfer/request.ts';
import { type Activity, required } from '../activity.ts';

/** Writes the first phase and says how many pages there are to resolve, or that they are not known yet. Twice: the start time of the first stays. */
export const beginTransfer: Activity<'beginTransfer'> = async ({ transfers }, { transfer }) => {
  const request = required(await transfers.readRequest(transfer), `request.json of ${transfer}`);
  const { route } = request;
  const report = await transfers.readReport(transfer);
  if (report) {
    await transfers.close(report, false);
    return { ended: true, route, pages: 0 };
  }
  await transfers.begin(request);
  const begun = { ended: false, route, pagesPerChild: PAGES_PER_CHILD };
  if (hasSelectors(request.artifacts)) return { ...begun, pages: 0, selects: true };
  return { ...begun, pages: Math.ceil(request.artifacts.length / RESOLVE_PAGE_ARTIFACTS) };
};

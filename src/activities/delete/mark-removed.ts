import type { Activity } from '../activity.ts';

/** Notes what of a transfer is gone. Twice: the same again. */
export const markRemoved: Activity<'markRemoved'> = async ({ transfers }, { transfer, archives, runs }) => {
  const { removed } = await transfers.changeControl(transfer, (control) => ({
    ...control,
    removed: { archives: archives || control.removed.archives, runs: runs || control.removed.runs },
  }));
  const request = await transfers.readRequest(transfer);
  if (request) await transfers.index.markRemoved(request, removed);
  return null;
};

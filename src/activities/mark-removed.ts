import type { Activity } from './activity.ts';

/** Notes what of a transfer is gone. Twice: the same again. */
export const markRemoved: Activity<'markRemoved'> = async ({ transfers }, { transfer, archives, runs }) => {
  await transfers.changeControl(transfer, (control) => ({
    ...control,
    removed: { archives: archives || control.removed.archives, runs: runs || control.removed.runs },
  }));
  return null;
};

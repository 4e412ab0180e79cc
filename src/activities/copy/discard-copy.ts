import type { Activity } from '../activity.ts';
import { openContainers } from '../transfer-route.ts';
import { discardStaged } from './discard-staged.ts';

/** Drops what was staged of a copy that will not be finished. Twice: nothing is staged any more. */
export const discardCopy: Activity<'discardCopy'> = async (services, { transfer, archive }) => {
  const { target } = await openContainers(services, transfer);
  await discardStaged(target, archive);
  return null;
};

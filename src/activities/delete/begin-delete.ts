import type { Activity } from '../activity.ts';
import { countPages } from '../resolve/batch-page.ts';

/** Counts what there is to delete. Reads only. */
export const beginDelete: Activity<'beginDelete'> = async (services, { transfer }) => ({
  pages: await countPages(services, transfer),
});

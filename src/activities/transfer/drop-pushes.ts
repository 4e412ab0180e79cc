import { mapBounded } from '../../oci/parallel.ts';
import type { Activity } from '../activity.ts';
import { readRequest } from '../transfer-route.ts';

const PARALLEL_DELETES = 16;

/** Drops the pushes of a window that are in a transfer's request. Twice: what is gone is gone. */
export const dropPushes: Activity<'dropPushes'> = async (services, { route, window, transfer }) => {
  const taken = new Set((await readRequest(services, transfer)).artifacts);
  const entries = await services.pushes.list(route, window);
  const dropped = entries.filter((entry) => taken.has(entry));
  await mapBounded(dropped, PARALLEL_DELETES, (entry) => services.pushes.remove(route, window, entry));
  return null;
};

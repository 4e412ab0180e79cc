import type { InvocationContext } from '@azure/functions';
import type { DurableClient, OrchestrationRuntimeStatus } from 'durable-functions';
import type { TimerCursors } from '../azure/records/timer-cursors.ts';
import type { Settings } from '../config/settings.ts';
import { addMs, elapsedMs } from '../domain/time.ts';
import { DAY_MS } from '../domain/transfer/retention.ts';

/** With the minutes of transfers and imports this stays within the ten of a function. */
const TIME_MS = 2 * 60_000;
/** How far back single days are purged the first time; what is older goes in one. */
const FIRST_DAYS = 366;
const ENDED = ['Completed', 'Failed', 'Terminated', 'Canceled'] as OrchestrationRuntimeStatus[];

/**
 * Purges ended instances, of whatever kind, that are older than the longest that any route keeps a report: day by day,
 * from where the last run stopped, and at last those of days before that ended later, or whose day failed. After `timeMs`
 * nothing more is begun.
 * @throws the first failure, when all others have had their turn
 */
export async function purgeHistory(
  { routes }: Pick<Settings, 'routes'>,
  cursors: TimerCursors,
  client: DurableClient,
  context: InvocationContext,
  timeMs = TIME_MS,
): Promise<void> {
  if (routes.size === 0) return;
  const startedAt = new Date();
  const keptDays = Math.max(...[...routes.values()].map(({ retention }) => retention.reportsDays));
  const upTo = addMs(startedAt, -keptDays * DAY_MS);
  const cursor = await cursors.read('purge');
  const slices = [...daysBetween(cursor ? new Date(cursor) : addMs(upTo, -FIRST_DAYS * DAY_MS), upTo), wholeUpTo(upTo)];
  const failures: unknown[] = [];
  let purged = 0;
  let begun = 0;
  for (const { from, to, isDay } of slices) {
    if (elapsedMs(startedAt.toISOString(), new Date()) >= timeMs) break;
    begun += 1;
    const filter = { createdTimeFrom: from, createdTimeTo: to, runtimeStatus: ENDED };
    try {
      purged += (await client.purgeInstanceHistoryBy(filter)).instancesDeleted;
    } catch (error) {
      failures.push(error);
    }
    if (isDay) await cursors.write('purge', to.toISOString());
  }
  context.log(JSON.stringify({ event: 'historyPurged', purged, left: slices.length - begun }));
  if (failures.length > 0) throw failures[0];
}

/** Instances that were created in this time. */
interface Slice {
  from: Date;
  to: Date;
  isDay: boolean;
}

function daysBetween(from: Date, upTo: Date): Slice[] {
  const count = Math.max(0, Math.ceil((upTo.getTime() - from.getTime()) / DAY_MS));
  return Array.from({ length: count }, (_, index) => {
    const end = addMs(from, (index + 1) * DAY_MS);
    return { from: addMs(from, index * DAY_MS), to: end < upTo ? end : upTo, isDay: true };
  });
}

function wholeUpTo(to: Date): Slice {
  return { from: new Date(0), to, isDay: false };
}

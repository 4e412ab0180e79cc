import type { Retention } from '../route/route.ts';
import { elapsedMs } from '../time.ts';
import type { Control } from './control.ts';

/** What of a transfer is to be deleted; `record` takes its Durable instances along. */
export interface DeletedParts {
  archives: boolean;
  runs: boolean;
  record: boolean;
}

/** A day of a retention, in milliseconds. */
export const DAY_MS = 86_400_000;

/**
 * What of a transfer that ended at `finishedAt` is due for deletion at `now`, or `null` when nothing is. What `removed`
 * names is gone already. When the report is due everything is: nothing would tell of the rest any more.
 */
export function decideRetention(
  { archivesDays, runsDays, reportsDays }: Retention,
  finishedAt: string,
  now: Date,
  removed: Control['removed'],
): DeletedParts | null {
  const isDue = (days: number) => elapsedMs(finishedAt, now) >= days * DAY_MS;
  if (isDue(reportsDays)) return { archives: true, runs: true, record: true };
  const archives = isDue(archivesDays) && !removed.archives;
  const runs = isDue(runsDays) && !removed.runs;
  return archives || runs ? { archives, runs, record: false } : null;
}

/** Whether a transfer that was asked for at `requestedAt` may have anything due: it ended later than that. */
export function mayBeDue(retention: Retention, requestedAt: string, now: Date): boolean {
  const { archivesDays, runsDays, reportsDays } = retention;
  return elapsedMs(requestedAt, now) >= Math.min(archivesDays, runsDays, reportsDays) * DAY_MS;
}

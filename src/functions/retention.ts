import type { InvocationContext } from '@azure/functions';
import type { DurableClient, OrchestrationRuntimeStatus } from 'durable-functions';
import type { Services } from '../activities/services.ts';
import type { IndexEntry } from '../azure/records/index-entry.ts';
import type { Settings } from '../config/settings.ts';
import { toFailure } from '../domain/errors.ts';
import { DAY_MS, decideRetention, mayBeDue } from '../domain/retention.ts';
import { addMs } from '../domain/time.ts';
import { startDeletion } from './start-instance.ts';

/** Deletions that one run of the timer starts; what is left over is due the next time too. */
const MAX_STARTS = 500;

/**
 * Starts to delete what transfers left and their routes' `retention` keeps no longer: only of transfers that have ended,
 * and only what has their names. A transfer of a route that is not configured any more is left as it is, and so is one of
 * which the other side has yet to say what became of it.
 */
export async function deleteExpired(
  settings: Settings,
  services: Services,
  client: DurableClient,
  context: InvocationContext,
): Promise<void> {
  const now = new Date();
  let started = 0;
  await services.transfers.ensureContainer();
  for await (const entry of services.transfers.listIndex()) {
    const isAnyDue = [...settings.routes.values()].some(({ retention }) => mayBeDue(retention, entry.requestedAt, now));
    if (!isAnyDue) continue;
    try {
      if (await deleteIfDue(settings, services, client, entry, now)) started += 1;
    } catch (error) {
      context.error(JSON.stringify({ event: 'retentionFailed', transfer: entry.id, ...toFailure(error) }));
    }
    if (started === MAX_STARTS) break;
  }
  const purged = await purgeOldHistory(settings, client, now);
  context.log(JSON.stringify({ event: 'retentionDone', started, purged }));
}

const ENDED = ['Completed', 'Failed', 'Terminated', 'Canceled'] as OrchestrationRuntimeStatus[];

/** Purges ended instances, of whatever kind, that are older than the longest that any route keeps a report. */
async function purgeOldHistory({ routes }: Settings, client: DurableClient, now: Date): Promise<number> {
  if (routes.size === 0) return 0;
  const keptDays = Math.max(...[...routes.values()].map(({ retention }) => retention.reportsDays));
  const createdTimeTo = addMs(now, -keptDays * DAY_MS);
  const filter = { createdTimeFrom: new Date(0), createdTimeTo, runtimeStatus: ENDED };
  return (await client.purgeInstanceHistoryBy(filter)).instancesDeleted;
}

async function deleteIfDue(
  settings: Settings,
  { transfers }: Services,
  client: DurableClient,
  { id }: IndexEntry,
  now: Date,
): Promise<boolean> {
  const report = await transfers.readReport(id);
  const route = report && settings.routes.get(report.route);
  if (!report?.finishedAt || !route || report.counts.HandedOver > 0) return false;
  const { removed } = await transfers.readControl(id);
  const parts = decideRetention(route.retention, report.finishedAt, now, removed);
  if (!parts) return false;
  if (parts.record) {
    const at = now.toISOString();
    await transfers.changeControl(id, (control) => ({ ...control, deletion: control.deletion ?? { at } }));
    await transfers.markOpen(id);
  }
  return startDeletion(client, { transfer: id, ...parts });
}

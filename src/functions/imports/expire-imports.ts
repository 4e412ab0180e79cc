import type { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import type { Services } from '../../activities/services.ts';
import type { IndexEntry } from '../../azure/records/index-entry.ts';
import type { Settings } from '../../config/settings.ts';
import { toFailure } from '../../domain/errors.ts';
import { attemptOf, type ImportDocument, isFinalImport } from '../../domain/import-document.ts';
import { formatRunName, instanceIds } from '../../domain/names.ts';
import { DAY_MS } from '../../domain/retention.ts';
import type { Retention } from '../../domain/route.ts';
import { elapsedMs } from '../../domain/time.ts';

/** Imports of which something is deleted in one run of the timer; what is left over is due the next time too. */
const MAX_IMPORTS = 500;

/**
 * Deletes what imports left and their routes' `retention` keeps no longer: the app's own run resources after `runsDays`,
 * record and Durable instances after `reportsDays`. Archives are the pipeline's (`DeleteSourceBlobOnSuccess`) or the
 * carrier's. An import of a route that is not configured any more is left as it is.
 */
export async function expireImports(
  { routes }: Settings,
  services: Services,
  client: DurableClient,
  context: InvocationContext,
): Promise<void> {
  const now = new Date();
  const days = [...routes.values()].map(({ retention }) => Math.min(retention.runsDays, retention.reportsDays));
  const firstDueMs = Math.min(...days) * DAY_MS;
  let expired = 0;
  for await (const entry of services.imports.listIndex()) {
    if (expired === MAX_IMPORTS) break;
    if (elapsedMs(entry.requestedAt, now) < firstDueMs) continue;
    try {
      const document = await services.imports.readIndexed(entry);
      if (!document) await forget(services, entry, now);
      else if (await expire({ routes }, services, client, document, now)) expired += 1;
    } catch (error) {
      context.error(JSON.stringify({ event: 'retentionFailed', import: entry.id, ...toFailure(error) }));
    }
  }
  context.log(JSON.stringify({ event: 'importsExpired', expired }));
}

/** An entry without a record may be of one that is about to be written. */
async function forget({ imports }: Services, entry: IndexEntry, now: Date): Promise<void> {
  if (elapsedMs(entry.requestedAt, now) > DAY_MS) await imports.deleteEntry(entry);
}

async function expire(
  { routes }: Pick<Settings, 'routes'>,
  services: Services,
  client: DurableClient,
  document: ImportDocument,
  now: Date,
): Promise<boolean> {
  const route = routes.get(document.route);
  if (!route || !isFinalImport(document) || document.finishedAt === null) return false;
  const { runs, record } = decideExpiry(route.retention, document.finishedAt, now);
  const hasRuns = runs && !document.runsRemoved;
  if (hasRuns) {
    for (const name of ownRuns(document)) await services.side(route, 'target').pipelines.deleteRun(name);
    if (!record) await services.imports.update(document.id, (found) => ({ ...found, runsRemoved: true }));
  }
  if (record) {
    for (const id of instancesOf(document)) await client.purgeInstanceHistory(id);
    await services.imports.delete(document);
  }
  return hasRuns || record;
}

function decideExpiry({ runsDays, reportsDays }: Retention, finishedAt: string, now: Date) {
  const isDue = (days: number) => elapsedMs(finishedAt, now) >= days * DAY_MS;
  const record = isDue(reportsDays);
  return { record, runs: record || isDue(runsDays) };
}

/** Names that derive from the import: nobody else's run can be among them. */
function ownRuns({ id, attempt, runs }: ImportDocument): string[] {
  const last = Math.max(attempt, ...runs.map(({ run }) => attemptOf(run)));
  return Array.from({ length: last }, (_, index) => formatRunName('import', { id, path: 'blob', attempt: index + 1 }));
}

function instancesOf(document: ImportDocument): string[] {
  const notices = Array.from({ length: document.ends }, (_, index) =>
    instanceIds.notify({ kind: 'import', id: document.id, end: index + 1 }),
  );
  const followed = document.runs.filter(({ run }) => attemptOf(run) === 0);
  return [
    ...ownRuns(document).map(instanceIds.run),
    ...followed.map(({ run }) => instanceIds.follow(document.id, run)),
    ...notices,
    instanceIds.import(document.id),
  ];
}

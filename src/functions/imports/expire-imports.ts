import type { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import type { Services } from '../../activities/services.ts';
import type { ImportEntry } from '../../azure/records/import-records.ts';
import type { Settings } from '../../config/settings.ts';
import { toFailure } from '../../domain/errors.ts';
import { attemptOf, type ImportDocument, isFinalImport } from '../../domain/import/import-document.ts';
import type { ImportMarks } from '../../domain/import/import-marks.ts';
import { formatRunName, instanceIds } from '../../domain/names.ts';
import type { Retention, Route } from '../../domain/route/route.ts';
import { elapsedMs } from '../../domain/time.ts';
import { DAY_MS } from '../../domain/transfer/retention.ts';
import { type RetentionLimits, takeTurns } from '../retention-turns.ts';

/** With the transfers' four minutes, and the two of the purge, this stays within the ten of a function. */
const LIMITS: RetentionLimits = { starts: 500, timeMs: 3 * 60_000 };

/** One run of the timer. */
interface Night {
  routes: Settings['routes'];
  services: Services;
  client: DurableClient;
  context: InvocationContext;
  limits: RetentionLimits;
  now: Date;
}

/**
 * Deletes what imports left and their routes' `retention` keeps no longer: the app's own run resources after `runsDays`,
 * record and Durable instances after `reportsDays`; the oldest first, as much as `limits` allow, the next time from where
 * it stopped. What is due is told by the list of all imports; one that has ended is looked into once. Archives are the
 * pipeline's (`DeleteSourceBlobOnSuccess`) or the carrier's. An import of a route that is not configured any more is left
 * as it is.
 */
export async function expireImports(
  { routes }: Pick<Settings, 'routes'>,
  services: Services,
  client: DurableClient,
  context: InvocationContext,
  limits: RetentionLimits = LIMITS,
): Promise<void> {
  const { imports } = services;
  const night: Night = { routes, services, client, context, limits, now: new Date() };
  const due: ImportEntry[] = [];
  for await (const entry of imports.listIndex()) if (mayBeDue(night, entry)) due.push(entry);
  const { started: expired, left } = await takeTurns(due, {
    limits,
    since: night.now,
    cursor: imports.retentionCursor,
    begin: (entry) => expireGuarded(night, entry),
  });
  context.log(JSON.stringify({ event: 'importsExpired', expired, left }));
}

/** By the list alone. One that nobody has looked into may have ended right after it was asked for. */
function mayBeDue({ routes, now }: Night, { marks, requestedAt }: ImportEntry): boolean {
  if (marks) {
    const route = routes.get(marks.route);
    return route !== undefined && isDue(dueParts(route.retention, marks, now));
  }
  const days = [...routes.values()].map(({ retention }) => Math.min(retention.runsDays, retention.reportsDays));
  return elapsedMs(requestedAt, now) >= Math.min(...days) * DAY_MS;
}

/** A fault with one import does not hold the others back. */
async function expireGuarded(night: Night, entry: ImportEntry): Promise<boolean> {
  try {
    return await expire(night, entry);
  } catch (error) {
    night.context.error(JSON.stringify({ event: 'retentionFailed', import: entry.id, ...toFailure(error) }));
    return false;
  }
}

/** @returns whether something was deleted */
async function expire(night: Night, entry: ImportEntry): Promise<boolean> {
  const { services, routes, now } = night;
  const document = await services.imports.readIndexed(entry);
  if (!document) {
    // An entry without a record may be of one that is about to be written.
    if (elapsedMs(entry.requestedAt, now) > DAY_MS) await services.imports.deleteEntry(entry);
    return false;
  }
  const { finishedAt, runsRemoved } = document;
  if (!isFinalImport(document) || finishedAt === null) return false;
  const route = routes.get(document.route);
  const parts = route ? dueParts(route.retention, { finishedAt, runsRemoved }, now) : NOTHING;
  if (route && parts.runs) await deleteRuns(services, route, document);
  if (parts.record) {
    await deleteRecord(night, document);
    return true;
  }
  await services.imports.markEntry(entry, {
    route: document.route,
    finishedAt,
    runsRemoved: runsRemoved || parts.runs,
  });
  return parts.runs;
}

interface Parts {
  runs: boolean;
  record: boolean;
}

const NOTHING: Parts = { runs: false, record: false };

function dueParts(
  { runsDays, reportsDays }: Retention,
  { finishedAt, runsRemoved }: Pick<ImportMarks, 'finishedAt' | 'runsRemoved'>,
  now: Date,
): Parts {
  const isOver = (days: number) => elapsedMs(finishedAt, now) >= days * DAY_MS;
  const record = isOver(reportsDays);
  return { record, runs: !runsRemoved && (record || isOver(runsDays)) };
}

function isDue({ runs, record }: Parts): boolean {
  return runs || record;
}

async function deleteRuns(services: Services, route: Route, document: ImportDocument): Promise<void> {
  const { pipelines } = services.side(route, 'target');
  for (const name of ownRuns(document)) await pipelines.deleteRun(name);
  await services.imports.update(document.id, (found) => ({ ...found, runsRemoved: true }));
}

/** Instances first: the record is what leads to them. */
async function deleteRecord({ services, client }: Night, document: ImportDocument): Promise<void> {
  for (const id of instancesOf(document)) await client.purgeInstanceHistory(id);
  await services.imports.delete(document);
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

import type { Owner, RunRequest } from '../../domain/activities.ts';
import type { RunView } from '../../domain/batch/batch-record.ts';
import type { RunFacts } from '../../domain/batch/run-state.ts';
import { viewOfRun } from '../../domain/batch/run-state.ts';
import type { Failure, Side } from '../../domain/errors.ts';
import type { ImportDocument } from '../../domain/import/import-document.ts';
import { formatRunName } from '../../domain/names.ts';
import type { Route } from '../../domain/route/route.ts';
import type { Services } from '../services.ts';
import { readRequest } from '../transfer-route.ts';

/** The route of a run's owner. */
export async function routeOfOwner(services: Services, owner: Owner): Promise<Route> {
  if (owner.kind === 'import') return services.route(owner.route);
  return services.route((await readRequest(services, owner.transfer)).route);
}

export function sideOfRun(request: Pick<RunRequest, 'direction'>): Side {
  return request.direction === 'export' ? 'source' : 'target';
}

/** The name of a run: the service's own, or the one that derives from the attempt. */
export function nameOfRun({ run, direction, key }: Pick<RunRequest, 'run' | 'direction' | 'key'>): string {
  return run ?? formatRunName(direction, key);
}

/** Shows the run in the record of its batch or import. */
export async function showRun(services: Services, request: RunRequest, facts: RunFacts, failure: Failure | null) {
  const { owner, direction, key, archive } = request;
  const view = viewOfRun(facts, failure);
  if (owner.kind === 'import') {
    await services.imports.update(owner.importId, (record) => withRun(record, view, request));
    return;
  }
  await services.transfers.updateBatch(owner.transfer, owner.path, (record) =>
    direction === 'export'
      ? { ...record, step: 'Export', attempt: key.attempt, archive: { name: archive, bytes: null }, export: view }
      : { ...record, step: 'Import', attempt: key.attempt, import: view },
  );
}

/**
 * Shows why a run that goes on cannot be read, until it can be: then its view is written anew. One that is not shown yet
 * stays so.
 */
export async function showUnread(services: Services, request: RunRequest, failure: Failure): Promise<void> {
  const { owner, direction } = request;
  const run = nameOfRun(request);
  const isNews = (view: RunView | null): view is RunView =>
    view?.run === run && view.finishedAt === null && view.error?.code !== failure.code;
  if (owner.kind === 'import') {
    await services.imports.update(owner.importId, (record) => {
      const view = record.runs.find(isNews);
      return view ? withRun(record, { ...view, error: failure }, request) : record;
    });
    return;
  }
  await services.transfers.updateBatch(owner.transfer, owner.path, (record) => {
    const view = record[direction];
    return isNews(view) ? { ...record, [direction]: { ...view, error: failure } } : record;
  });
}

/** A run of the app's own makes the import the app's, whatever else there is. */
function withRun(record: ImportDocument, view: RunView, { run }: RunRequest): ImportDocument {
  const place = record.runs.findIndex((other) => other.run === view.run);
  const runs = place < 0 ? [...record.runs, view] : record.runs.with(place, view);
  return { ...record, runs, by: run === undefined ? 'app' : (record.by ?? 'service') };
}

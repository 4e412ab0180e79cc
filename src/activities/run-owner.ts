import type { Owner, RunRequest } from '../domain/activities.ts';
import type { Failure, Side } from '../domain/errors.ts';
import type { Route } from '../domain/route.ts';
import type { RunFacts } from '../domain/run-state.ts';
import { viewOfRun } from '../domain/run-state.ts';
import type { Services } from './services.ts';
import { readRequest } from './transfer-route.ts';

/** The route of a run's owner. */
export async function routeOfOwner(services: Services, owner: Owner): Promise<Route> {
  if (owner.kind === 'import') return services.route(owner.route);
  return services.route((await readRequest(services, owner.transfer)).route);
}

export function sideOfRun(request: Pick<RunRequest, 'direction'>): Side {
  return request.direction === 'export' ? 'source' : 'target';
}

/** Shows the run in its batch's record. Runs of imports are shown by their report only. */
export async function showRun(services: Services, request: RunRequest, facts: RunFacts, failure: Failure | null) {
  const { owner, direction, key, archive } = request;
  if (owner.kind !== 'batch') return;
  const view = viewOfRun(facts, failure);
  await services.transfers.updateBatch(owner.transfer, owner.path, (record) =>
    direction === 'export'
      ? { ...record, step: 'Export', attempt: key.attempt, archive: { name: archive, bytes: null }, export: view }
      : { ...record, step: 'Import', attempt: key.attempt, import: view },
  );
}

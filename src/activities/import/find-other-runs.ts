import { judgeRun } from '../../domain/batch/run-state.ts';
import { type Activity, required } from '../activity.ts';
import { listRunsOf } from './see-import.ts';

/**
 * Finds the service's runs on this state of the blob beside the import's own, and makes them this import's: a claim may
 * have come too late. Twice: those that are followed to their end by then are left out.
 */
export const findOtherRuns: Activity<'findOtherRuns'> = async (services, { importId }) => {
  const document = required(await services.imports.read(importId), `imports/${importId}.json`);
  const route = services.route(document.route);
  const found = await services.side(route, 'target').container.properties(document.archive.name);
  const isSeen = (name: string) =>
    document.runs.some(({ run, status }) => run === name && judgeRun({ name, status: status ?? undefined }).isFinal);
  const runs: string[] = [];
  for (const { name } of await listRunsOf(services, route, document, found)) {
    if (isSeen(name)) continue;
    if ((await services.imports.takeRun(name, importId)) === importId) runs.push(name);
  }
  return { runs };
};

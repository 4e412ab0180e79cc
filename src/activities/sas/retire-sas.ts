import { judgeRun } from '../../domain/batch/run-state.ts';
import type { Route } from '../../domain/route/route.ts';
import type { Activity } from '../activity.ts';
import { factsOfRun } from '../run/run-facts.ts';
import { isRunOf } from '../run/run-of-pipeline.ts';
import type { Services } from '../services.ts';
import { openSecret, readSidePipeline, type SidePipeline } from '../side-pipeline.ts';
import { newestFirst } from './pipeline-token.ts';

/** Versions that stay enabled: the newest and the one before it. */
const KEPT_VERSIONS = 2;

/**
 * Disables versions of a pipeline's secret beyond the last two, unless a run that may have read one is still going on;
 * then the next rotation does it. This retires a version and does not revoke its token: only its expiry, a new account
 * key or a changed policy does. Twice: what is disabled already is left out.
 */
export const retireSas: Activity<'retireSas'> = async (services, { route: name, side }) => {
  const route = services.route(name);
  const pipeline = await readSidePipeline(services, route, side);
  if (pipeline.secretUri === undefined) return { retired: 0, waiting: false };
  const { store, name: secret } = openSecret(services, route, pipeline);
  const [newest, ...older] = await newestFirst(store, secret);
  const surplus = older.slice(KEPT_VERSIONS - 1).filter(({ enabled }) => enabled);
  if (!newest || surplus.length === 0) return { retired: 0, waiting: false };
  if (await hasRunFromBefore(services, route, pipeline, newest.createdAt ?? '')) {
    return { retired: 0, waiting: true };
  }
  for (const { version } of surplus) await store.disable(secret, version);
  return { retired: surplus.length, waiting: false };
};

/**
 * Whether a run of the pipeline that started before `time` has not ended. One without a start time counts as old, and one
 * that does not tell its pipeline as its.
 */
async function hasRunFromBefore(
  services: Services,
  route: Route,
  pipeline: SidePipeline,
  time: string,
): Promise<boolean> {
  const { pipelines, settings } = services.side(route, pipeline.side);
  const place = { id: pipeline.id, container: settings.container };
  for await (const run of pipelines.listRuns()) {
    const facts = factsOfRun(run.name, run, undefined);
    const isOfPipeline = isRunOf(run, place) ?? true;
    const isOld = facts.startTime === undefined || Date.parse(facts.startTime) <= Date.parse(time);
    if (isOfPipeline && isOld && !judgeRun(facts).isFinal) return true;
  }
  return false;
}

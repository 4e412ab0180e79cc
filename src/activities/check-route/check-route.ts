import type { Check, RouteCheck } from '../../domain/checks/check.ts';
import type { Side } from '../../domain/errors.ts';
import { isServed, type Route, servedSides } from '../../domain/route/route.ts';
import type { Services } from '../services.ts';
import { checkAccount, checkStorageRole, findAccount } from './account.ts';
import { checkArchives } from './archives.ts';
import { checkArtifacts } from './artifacts.ts';
import { checkContainer } from './container.ts';
import { look, type Place } from './look.ts';
import { checkPipeline, type PipelineView, readPipeline } from './pipeline.ts';
import { checkRegistry } from './registry.ts';
import { checkRunRole, checkSecretRole } from './rights.ts';
import { checkSecret } from './secret.ts';

/**
 * Looks at every precondition of a route, on the sides that the app serves, at once. Changes nothing: rights to write are tried out with a
 * block that is never committed. A look that fails is a check of its own and hides no other. No secret is in the result.
 */
export async function checkRoute(
  services: Services,
  route: Route,
  artifacts: readonly string[] = [],
): Promise<RouteCheck> {
  const now = new Date();
  const parts = await Promise.all([
    ...servedSides(route).map((side) => checkSide(services, route, side, now)),
    isServed(route, 'source') ? checkArtifacts(services, route, artifacts) : [],
  ]);
  return { route: route.name, checkedAt: now.toISOString(), checks: parts.flat() };
}

async function checkSide(services: Services, route: Route, side: Side, now: Date): Promise<Check[]> {
  const place: Place = { services, route, side, own: services.side(route, side), now };
  const pipeline = look(() => readPipeline(place));
  const account = findAccount(place);
  const secret = pipeline.then((found) => checkSecret(place, found));
  const parts = await Promise.all([
    checkRegistry(place),
    checkRunRole(place).then((check) => [check]),
    pipeline.then((found) => checkPipeline(place, found)),
    pipeline.then(async (found) => (found.ok && found.value ? checkRights(place, found.value, account) : [])),
    secret.then(({ checks }) => checks),
    pipeline.then((found) => checkContainer(place, found)),
    Promise.all([account, secret]).then(([found, { kind }]) => checkAccount(place, found, kind)),
    pipeline.then((found) => checkArchives(place, found)),
  ]);
  return parts.flat();
}

/** By the pipeline's mode: its right to the secret, or to the container. */
async function checkRights(place: Place, pipeline: PipelineView, account: ReturnType<typeof findAccount>) {
  return pipeline.usesToken ? checkSecretRole(place, pipeline) : checkStorageRole(place, pipeline, await account);
}

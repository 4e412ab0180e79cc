import type { HttpResponseInit } from '@azure/functions';
import type { Services } from '../../activities/services.ts';
import { readLastTransfer } from '../../azure/records/transfer-history.ts';
import type { Settings } from '../../config/settings.ts';
import type { RouteDocument } from '../../domain/api/answers.ts';
import type { Side } from '../../domain/errors.ts';
import { parseNcrontab } from '../../domain/route/ncrontab.ts';
import { containerSideOf, isServed, pipelineIdOf, type Route, sideOf } from '../../domain/route/route.ts';
import { showWebhookUrl } from '../../domain/route/webhook-settings.ts';
import type { Call } from './handler.ts';
import { problem } from './problem.ts';
import { readSideState } from './route-state.ts';
import { unknownRoute } from './unknown-route.ts';

/** `GET /routes`: every route as configured and as it is now; the faulty ones with their faults. */
export async function listRoutes(settings: Settings, services: Services): Promise<HttpResponseInit> {
  const routes = [...settings.routes.values()];
  const usable = await Promise.all(routes.map((route) => describe(services, route)));
  const faulty = settings.faultyRoutes.map(({ route, faults }) => ({ name: route, usable: false, faults }));
  return { jsonBody: { value: [...usable, ...faulty] } };
}

/** `GET /routes/{route}` */
export async function getRoute(settings: Settings, services: Services, call: Call): Promise<HttpResponseInit> {
  const name = call.request.params.route ?? '';
  const route = settings.routes.get(name);
  if (route) return { jsonBody: await describe(services, route) };
  const faulty = settings.faultyRoutes.find((other) => other.route === name);
  if (faulty) return { jsonBody: { name, usable: false, faults: faulty.faults } };
  return problem(call.request, call.correlationId, unknownRoute(settings, name));
}

/** A route without anything that signs in: which identity a side uses stays in the settings. */
async function describe(services: Services, route: Route): Promise<RouteDocument> {
  await services.transfers.ensureContainer();
  const [source, target, lastTransfer] = await Promise.all([
    describeSide(services, route, 'source'),
    describeSide(services, route, 'target'),
    readLastTransfer(services.transfers, route.name),
  ]);
  const {
    name,
    serves,
    engine,
    continueOnErrors,
    maxParallelBatches,
    maxRunsPerRegistry,
    maxSplitRuns,
    run,
    copy,
    receipts,
    retry,
    retention,
  } = route;
  return {
    name,
    usable: true,
    serves,
    engine,
    continueOnErrors,
    maxParallelBatches,
    maxRunsPerRegistry,
    maxSplitRuns,
    run,
    copy,
    import: route.import,
    receipts,
    retry,
    retention,
    source,
    target,
    ...describeStarts(route),
    lastTransfer: lastTransfer ?? null,
  };
}

/** What starts transfers of a route by itself, and who is told of their end. */
function describeStarts({ schedules, onPush, webhook }: Route) {
  const now = new Date();
  return {
    schedules: schedules.map((schedule) => ({
      ...schedule,
      nextAt: parseNcrontab(schedule.cron).next(now)?.toISOString() ?? null,
    })),
    onPush: onPush ?? null,
    webhook: webhook ? { url: showWebhookUrl(webhook), events: webhook.events } : null,
  };
}

/** A side as configured and as it is now; of one that another app serves, the container at most. */
async function describeSide(services: Services, route: Route, side: Side) {
  if (!isServed(route, side)) {
    const reached = containerSideOf(route, side);
    return reached ? { cloud: reached.cloud.name, tenantId: reached.tenantId, container: reached.container } : null;
  }
  const { cloud, tenantId, registry, container, sas } = sideOf(route, side);
  const state = await readSideState(services, route, side);
  return { cloud: cloud.name, tenantId, registry, pipeline: pipelineIdOf(route, side), container, sas, ...state };
}

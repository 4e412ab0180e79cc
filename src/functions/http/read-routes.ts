import type { HttpResponseInit } from '@azure/functions';
import type { Services } from '../../activities/services.ts';
import type { Settings } from '../../config/settings.ts';
import { SIDES } from '../../domain/errors.ts';
import { pipelineIdOf, type Route, type RouteSide } from '../../domain/route.ts';
import type { Call } from './handler.ts';
import { problem } from './problem.ts';
import { type LastTransfer, readLastTransfers, readSideState } from './route-state.ts';
import { unknownRoute } from './unknown-route.ts';

/** How many of the newest transfers are looked through for each route's last one. */
const LAST_TRANSFER_DEPTH = 100;

/** `GET /routes`: every route as configured and as it is now; the faulty ones with their faults. */
export async function listRoutes(settings: Settings, services: Services): Promise<HttpResponseInit> {
  const last = await readLastTransfers(services, LAST_TRANSFER_DEPTH);
  const routes = [...settings.routes.values()];
  const usable = await Promise.all(routes.map((route) => describe(services, route, last.get(route.name))));
  const faulty = settings.faultyRoutes.map(({ route, faults }) => ({ name: route, usable: false, faults }));
  return { jsonBody: { value: [...usable, ...faulty] } };
}

/** `GET /routes/{route}` */
export async function getRoute(settings: Settings, services: Services, call: Call): Promise<HttpResponseInit> {
  const name = call.request.params.route ?? '';
  const route = settings.routes.get(name);
  if (route) {
    const last = await readLastTransfers(services, LAST_TRANSFER_DEPTH);
    return { jsonBody: await describe(services, route, last.get(name)) };
  }
  const faulty = settings.faultyRoutes.find((other) => other.route === name);
  if (faulty) return { jsonBody: { name, usable: false, faults: faulty.faults } };
  return problem(call.request, call.correlationId, unknownRoute(settings, name));
}

/** A route without anything that signs in: which identity a side uses stays in the settings. */
async function describe(services: Services, route: Route, lastTransfer: LastTransfer | undefined) {
  const [source, target] = await Promise.all(SIDES.map((side) => readSideState(services, route, side)));
  const { name, serves, engine, continueOnErrors, maxParallelBatches, maxSplitRuns, run, copy, retry } = route;
  return {
    name,
    usable: true,
    serves,
    engine,
    continueOnErrors,
    maxParallelBatches,
    maxSplitRuns,
    run,
    copy,
    retry,
    import: route.import,
    source: { ...describeSide(route.source, pipelineIdOf(route, 'source')), ...source },
    target: { ...describeSide(route.target, pipelineIdOf(route, 'target')), ...target },
    lastTransfer: lastTransfer ?? null,
  };
}

function describeSide({ cloud, tenantId, registry, container, sas }: RouteSide, pipeline: string) {
  return { cloud: cloud.name, tenantId, registry, pipeline, container, sas };
}

import type { HttpResponseInit } from '@azure/functions';
import type { Settings } from '../../config/settings.ts';
import { pipelineIdOf, type Route, type RouteSide } from '../../domain/route.ts';
import type { Call } from './handler.ts';
import { problem } from './problem.ts';

/** `GET /routes`: every route, the faulty ones with their faults. */
export function listRoutes(settings: Settings): HttpResponseInit {
  const usable = [...settings.routes.values()].map(describe);
  const faulty = settings.faultyRoutes.map(({ route, faults }) => ({ name: route, usable: false, faults }));
  return { jsonBody: { value: [...usable, ...faulty] } };
}

/** `GET /routes/{route}` */
export function getRoute(settings: Settings, { request, correlationId }: Call): HttpResponseInit {
  const name = request.params.route ?? '';
  const route = settings.routes.get(name);
  if (route) return { jsonBody: describe(route) };
  const faulty = settings.faultyRoutes.find((other) => other.route === name);
  if (faulty) return { jsonBody: { name, usable: false, faults: faulty.faults } };
  const known = [...settings.routes.keys()].join(', ') || 'none';
  const detail = `There is no route '${name}'; there are: ${known}.`;
  return problem(request, correlationId, { status: 404, code: 'ROUTE_NOT_FOUND', detail });
}

/** A route without anything that signs in: which identity a side uses stays in the settings. */
function describe(route: Route) {
  const { name, serves, engine, continueOnErrors, maxParallelBatches, run, copy, retry } = route;
  return {
    name,
    usable: true,
    serves,
    engine,
    continueOnErrors,
    maxParallelBatches,
    run,
    copy,
    retry,
    import: route.import,
    source: describeSide(route.source, pipelineIdOf(route, 'source')),
    target: describeSide(route.target, pipelineIdOf(route, 'target')),
  };
}

function describeSide({ cloud, tenantId, registry, container, sas }: RouteSide, pipeline: string) {
  return { cloud: cloud.name, tenantId, registry, pipeline, container, sas };
}

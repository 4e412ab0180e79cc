import type { HttpResponseInit } from '@azure/functions';
import type { Settings } from '../../config/settings.ts';

/** `GET /health`: anonymous, so it counts and names nothing. 503 when no route can be used. */
export function health(settings: Settings): HttpResponseInit {
  const usable = settings.stateContainerUrl === undefined ? 0 : settings.routes.size;
  const unusable = settings.routes.size + settings.faultyRoutes.length - usable;
  const state = settings.faults.length === 0 ? 'ok' : 'degraded';
  return { status: usable > 0 ? 200 : 503, jsonBody: { state, routes: { usable, unusable } } };
}

import type { HttpResponseInit } from '@azure/functions';
import { checkRoute } from '../../activities/check-route/check-route.ts';
import type { Services } from '../../activities/services.ts';
import type { Settings } from '../../config/settings.ts';
import { checkRequestSchema } from '../../domain/api/bodies.ts';
import { faultsOf } from '../../domain/problem.ts';
import type { Call } from './handler.ts';
import { type ProblemDetails, problem } from './problem.ts';
import { unknownRoute } from './unknown-route.ts';

/** `POST /routes/{route}/check`: every precondition of a route as it is now; with `artifacts`, theirs too. */
export async function postRouteCheck(settings: Settings, services: Services, call: Call): Promise<HttpResponseInit> {
  const refuse = (details: ProblemDetails) => problem(call.request, call.correlationId, details);
  const name = call.request.params.route ?? '';
  const route = settings.routes.get(name);
  if (!route) return refuse(unknownRoute(settings, name));
  const body = parseBody(await call.request.text());
  if ('refused' in body) return refuse(body.refused);
  return { jsonBody: await checkRoute(services, route, body.artifacts) };
}

function parseBody(text: string): { artifacts: string[] } | { refused: ProblemDetails } {
  if (text.trim() === '') return { artifacts: [] };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return { refused: invalid(`The body is not JSON: ${(error as Error).message}`) };
  }
  const parsed = checkRequestSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  return { refused: invalid('The request has faults; nothing was checked.', faultsOf(parsed.error, body)) };
}

function invalid(detail: string, faults: ProblemDetails['faults'] = []): ProblemDetails {
  return { status: 400, code: 'REQUEST_INVALID', detail, faults };
}

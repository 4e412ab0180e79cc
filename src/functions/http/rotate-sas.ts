import type { HttpResponseInit } from '@azure/functions';
import type { Services } from '../../activities/services.ts';
import type { Settings } from '../../config/settings.ts';
import { rotationRequestSchema } from '../../domain/api/bodies.ts';
import { faultsOf } from '../../domain/problem.ts';
import { servedSides } from '../../domain/route/route.ts';
import { startRotation } from '../rotations.ts';
import type { Call } from './handler.ts';
import { problem } from './problem.ts';
import { unknownRoute } from './unknown-route.ts';

/** `POST /routes/{route}/rotate-sas`: starts the rotation of one side, or of all that the app serves. */
export async function rotateSas(settings: Settings, services: Services, call: Call): Promise<HttpResponseInit> {
  const { request, client, correlationId } = call;
  const name = request.params.route ?? '';
  const route = settings.routes.get(name);
  if (!route) return problem(request, correlationId, unknownRoute(settings, name));
  const text = await request.text();
  const body = parseJson(text === '' ? '{}' : text);
  const parsed = rotationRequestSchema.safeParse(body);
  if (!parsed.success) {
    const faults = faultsOf(parsed.error, body);
    return problem(request, correlationId, {
      status: 400,
      code: 'REQUEST_INVALID',
      detail: 'The request has faults.',
      faults,
    });
  }
  const { side, force } = parsed.data;
  const served = servedSides(route);
  const sides = side === undefined ? served : [side];
  if (side !== undefined && !served.includes(side)) {
    const faults = [{ path: 'side', found: side, allowed: served.join(', ') }];
    const detail = `The app does not serve the ${side} side of route ${name}; nothing was rotated.`;
    return problem(request, correlationId, { status: 400, code: 'REQUEST_INVALID', detail, faults });
  }
  const rotations = [];
  for (const each of sides) rotations.push(await startRotation(services, client, { route, side: each, force }));
  return { status: 202, jsonBody: { rotations } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

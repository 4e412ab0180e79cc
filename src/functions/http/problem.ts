import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { type Failure, redact } from '../../domain/errors.ts';
import type { Fault, Problem } from '../../domain/problem.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request has faults',
  404: 'Not found',
  409: 'Conflict',
  500: 'Internal error',
  503: 'Not usable now',
};

export interface ProblemDetails {
  status: number;
  /** A stable word for programs: the last part of `type`. */
  code: string;
  detail: string;
  faults?: Fault[];
}

/** An answer as a problem document (RFC 9457). */
export function problem(
  request: HttpRequest,
  correlationId: string,
  { status, code, detail, faults }: ProblemDetails,
): HttpResponseInit {
  const body: Problem = {
    type: `urn:acr-transfer:problem:${code}`,
    title: TITLES[status] ?? 'Problem',
    status,
    detail: redact(detail),
    instance: new URL(request.url).pathname,
    correlationId,
    ...(faults === undefined ? {} : { faults }),
  };
  return { status, jsonBody: body, headers: { 'content-type': 'application/problem+json' } };
}

/** The problem of a failed call to a service. */
export function problemOfFailure(request: HttpRequest, correlationId: string, failure: Failure): HttpResponseInit {
  const id = failure.correlationId ? ` (correlation id ${failure.correlationId})` : '';
  // What the caller named is not there: no later call fares better.
  const status = failure.class === 'artifact' ? 400 : 503;
  return problem(request, correlationId, { status, code: failure.code, detail: `${failure.message}${id}` });
}

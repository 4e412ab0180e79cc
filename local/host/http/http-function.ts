import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { InputDatum, RegisteredFunction, TraceContext } from '../app-model.ts';
import { stackOf } from '../errors.ts';
import type { Invoker } from '../invoke.ts';
import type { Log } from '../log.ts';
import type { HttpRequestData, HttpResponseData, TypedData } from '../typed-data.ts';
import type { RouteMatch } from './router.ts';
import { formatSetCookie } from './set-cookie.ts';

export interface HttpFunctionParts {
  invoker: Invoker;
  log: Log;
  clientInputs(fn: RegisteredFunction): InputDatum[];
}

/** Calls an HTTP function and writes its response: 204 when it returned nothing, 500 without a body when it threw. */
export async function runHttpFunction(
  parts: HttpFunctionParts,
  { route, parameters }: RouteMatch,
  request: { message: IncomingMessage; url: URL; body: Buffer },
  response: ServerResponse,
): Promise<void> {
  const { fn, bindingName } = route;
  const http = requestData(request, parameters);
  try {
    const { returnValue } = await parts.invoker.call(fn, {
      inputData: [{ name: bindingName, data: { http } }, ...parts.clientInputs(fn)],
      traceContext: traceContextOf(request.message.headers),
    });
    writeResponse(response, returnValue);
  } catch (error) {
    parts.log('error', `Function.${fn.metadata.name}`, `failed: ${stackOf(error)}`);
    response.writeHead(500).end();
  }
}

function requestData(
  { message, url, body }: { message: IncomingMessage; url: URL; body: Buffer },
  parameters: Record<string, string>,
): HttpRequestData {
  return {
    method: message.method ?? 'GET',
    url: url.href,
    nullableHeaders: nullable(headerTexts(message.headers)),
    nullableParams: nullable(parameters),
    ...(body.length > 0 ? { body: { bytes: body } } : {}),
  };
}

/** A request's headers, each as one text. */
export function headerTexts(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, headerText(value)]));
}

/** The trace that a request belongs to. */
export function traceContextOf({ traceparent, tracestate }: IncomingHttpHeaders): TraceContext {
  return { traceParent: headerText(traceparent), traceState: headerText(tracestate) };
}

function headerText(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}

function nullable(values: Record<string, string>): Record<string, { value: string }> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}

function writeResponse(response: ServerResponse, returned: TypedData | null | undefined): void {
  const http = returned?.http as HttpResponseData | null | undefined;
  if (http === null || http === undefined) {
    response.writeHead(204).end();
    return;
  }
  const headers: Record<string, string | string[]> = { ...http.headers };
  if (http.cookies?.length) headers['set-cookie'] = http.cookies.map(formatSetCookie);
  response.writeHead(Number(http.statusCode ?? 200), headers);
  response.end(http.body?.bytes ?? http.body?.string ?? undefined);
}

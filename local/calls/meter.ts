import type { IncomingMessage, ServerResponse } from 'node:http';

/** What went over the wire of one call so far. */
export interface Meter {
  /** Null until an answer begins. */
  status: number | null;
  requestBytes: number;
  responseBytes: number;
  requestId: string | undefined;
}

/** A service names a request by the first, or else by the second. */
const REQUEST_IDS = ['x-ms-request-id', 'x-ms-correlation-request-id'] as const;

/**
 * Counts the bodies of a call and notes its status, without reading or holding anything. Must be called before the
 * request's body is asked for.
 */
export function meter(request: IncomingMessage, response: ServerResponse): Meter {
  const found: Meter = { status: null, requestBytes: 0, responseBytes: 0, requestId: undefined };
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    found.requestBytes += chunk?.length ?? 0;
    return push(chunk, encoding);
  };
  meterHead(response, found);
  meterBody(request, response, found);
  return found;
}

function meterHead(response: ServerResponse, found: Meter): void {
  const writeHead = response.writeHead;
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    found.status = status;
    const stated = REQUEST_IDS.map((name) => headerIn(rest.at(-1), name) ?? response.getHeader(name));
    found.requestId = stated.find((id) => typeof id === 'string');
    return Reflect.apply(writeHead, response, [status, ...rest]);
  }) as typeof writeHead;
}

function meterBody(request: IncomingMessage, response: ServerResponse, found: Meter): void {
  const { write, end } = response;
  const count = (chunk: unknown) => {
    if (request.method !== 'HEAD') found.responseBytes += lengthOf(chunk);
  };
  response.write = ((chunk: unknown, ...rest: unknown[]) => {
    count(chunk);
    return Reflect.apply(write, response, [chunk, ...rest]);
  }) as typeof write;
  response.end = ((chunk: unknown, ...rest: unknown[]) => {
    count(chunk);
    return Reflect.apply(end, response, [chunk, ...rest]);
  }) as typeof end;
}

/** A header's value in what `writeHead` takes: an object, or a flat list of names and values. */
export function headerIn(headers: unknown, name: string): string | undefined {
  const pairs = Array.isArray(headers) ? pairsOf(headers) : Object.entries(headers ?? {});
  const value: unknown = pairs.find(([key]) => String(key).toLowerCase() === name)?.[1];
  return value === undefined ? undefined : String(value);
}

function pairsOf(list: readonly unknown[]): [unknown, unknown][] {
  return list.flatMap((item, index) => (index % 2 === 0 ? [[item, list[index + 1]] as [unknown, unknown]] : []));
}

function lengthOf(chunk: unknown): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk);
  return chunk instanceof Uint8Array ? chunk.length : 0;
}

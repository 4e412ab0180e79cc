import { randomUUID } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { stackOf } from '../errors.ts';
import { jsonData, type TypedData } from '../typed-data.ts';
import { type HttpFunctionParts, headerTexts, traceContextOf } from './http-function.ts';
import type { RouteMatch } from './router.ts';

const INVOCATION_HEADER = 'x-ms-invocation-id';

interface Call {
  message: IncomingMessage;
  url: URL;
}

/**
 * Calls an HTTP function of an app that streams. The library has a server of its own at `proxyUri`: the request goes there
 * as it comes in, the invocation is begun beside it, and what the function answers comes back from there as it is written.
 * 204 when the function returned nothing, 500 without a body when it threw; cut off when it threw in the middle of an answer.
 */
export async function streamHttpFunction(
  parts: HttpFunctionParts,
  match: RouteMatch,
  call: Call,
  response: ServerResponse,
  proxyUri: string,
): Promise<void> {
  const { fn } = match.route;
  const invocationId = randomUUID();
  const proxied = openProxied(call, invocationId, proxyUri);
  const answered = passAnswerOn(proxied, response).catch(() => response.destroy());
  pipeline(call.message, proxied).catch(() => undefined);
  response.once('close', () => proxied.destroy());
  try {
    const request = { ...invocation(parts, match, call), invocationId };
    const { result } = await parts.invoker.callForBoth(fn, request);
    if (result !== undefined && result !== null) await answered;
    else endEarly(proxied, response, 204);
  } catch (error) {
    parts.log('error', `Function.${fn.metadata.name}`, `failed: ${stackOf(error)}`);
    endEarly(proxied, response, 500);
  }
}

function openProxied({ message, url }: Call, invocationId: string, proxyUri: string): ClientRequest {
  const headers = {
    ...message.headers,
    [INVOCATION_HEADER]: invocationId,
    'x-forwarded-host': url.host,
    'x-forwarded-proto': url.protocol.slice(0, -1),
  };
  const { port } = new URL(proxyUri);
  const path = `${url.pathname}${url.search}`;
  return openRequest({ host: '127.0.0.1', port, path, method: message.method ?? 'GET', headers, agent: false });
}

/** Resolves when the whole answer is through, or the request was given up before there was one. */
async function passAnswerOn(proxied: ClientRequest, response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<IncomingMessage | undefined>();
  proxied.once('response', resolve);
  proxied.once('close', () => resolve(undefined));
  proxied.on('error', () => resolve(undefined));
  const answer = await promise;
  if (answer === undefined || response.headersSent) return;
  const {
    [INVOCATION_HEADER]: _id,
    connection: _connection,
    'transfer-encoding': _encoding,
    ...headers
  } = answer.headers;
  response.writeHead(answer.statusCode ?? 200, headers);
  response.flushHeaders();
  await pipeline(answer, response);
}

/** An answer that has begun is cut off with the request that it comes from. */
function endEarly(proxied: ClientRequest, response: ServerResponse, status: number): void {
  if (!response.headersSent) response.writeHead(status, { connection: 'close' }).end();
  proxied.destroy();
}

/** What is not in the streamed request itself: the library takes headers and parameters from the trigger's metadata. */
function invocation(parts: HttpFunctionParts, { route, parameters }: RouteMatch, { message, url }: Call) {
  const values: [string, TypedData][] = Object.entries(parameters).map(([name, value]) => [name, { string: value }]);
  return {
    inputData: [{ name: route.bindingName, data: { http: {} } }, ...parts.clientInputs(route.fn)],
    triggerMetadata: {
      Headers: jsonData(headerTexts(message.headers)),
      Query: jsonData(Object.fromEntries(url.searchParams)),
      ...Object.fromEntries(values),
    },
    traceContext: traceContextOf(message.headers),
  };
}

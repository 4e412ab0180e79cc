import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Agent } from 'node:https';
import { request as httpsRequest } from 'node:https';
import { refuse } from './storage-error.ts';

/** Where a request goes on to, and what of it is changed on the way. */
export interface Forwarding {
  agent: Agent;
  port: number;
  /** Path and query, raw: what the client sent unless it must differ. */
  path: string;
  /** Headers that are set, whatever the client sent, by lower-case name. */
  headers: ReadonlyMap<string, string>;
  /** Waited for before the answer goes back; a request that is complete then gets its answer even if nobody waits. */
  beforeAnswer?: (answer: IncomingMessage) => Promise<void>;
  log?: (line: string) => void;
}

/** Headers of one connection, not of the message; `expect` was answered by the front itself. */
const HOP_BY_HOP = /^(connection|keep-alive|proxy-connection|proxy-authorization|te|trailer|upgrade|expect)$/i;

/**
 * Passes a request on to Azurite and its answer back, streaming both ways; nothing is held in memory. An Azurite that
 * cannot be reached is a 503 `ServerBusy`; one that breaks off in the middle of an answer breaks the connection.
 */
export function forward(request: IncomingMessage, response: ServerResponse, to: Forwarding): void {
  const upstream = httpsRequest({
    agent: to.agent,
    host: '127.0.0.1',
    port: to.port,
    method: request.method,
    path: to.path,
    headers: endToEnd(request.rawHeaders, to.headers),
  });
  const fail = (error: Error) => {
    if (response.writableEnded) return;
    to.log?.(`storage: ${request.method} ${request.headers.host} failed behind the front: ${error.message}`);
    if (response.headersSent) response.destroy();
    else refuse(request, response, { status: 503, code: 'ServerBusy', message: 'Azurite cannot be reached.' });
  };
  upstream.on('error', fail);
  upstream.on('response', (answer) => {
    answer.on('error', fail);
    if (to.beforeAnswer === undefined) return passBack(answer, request, response, upstream);
    to.beforeAnswer(answer).then(() => passBack(answer, request, response, upstream), fail);
  });
  response.on('close', () => {
    const isAwaited = to.beforeAnswer !== undefined && request.complete;
    if (!response.writableFinished && !isAwaited) upstream.destroy();
  });
  request.on('error', () => upstream.destroy());
  request.pipe(upstream);
}

/**
 * Sends Azurite's answer to the client. An answer that comes before the body is over is a refusal, and Azurite reads no
 * further: to write on would stall until its time limit of 5 minutes. So the rest of the body is read into nothing, and
 * the answer follows, as `endAfterBody` does it.
 */
function passBack(
  answer: IncomingMessage,
  request: IncomingMessage,
  response: ServerResponse,
  upstream: ClientRequest,
) {
  if (response.destroyed) {
    answer.resume();
    return;
  }
  const send = () => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
    answer.pipe(response);
  };
  if (request.complete) {
    send();
    return;
  }
  request.unpipe(upstream);
  request.once('end', send);
  answer.once('end', () => upstream.destroy());
  request.resume();
}

/** Raw headers, in pairs, without those of the connection: a client's `close` must not close the one to Azurite. */
function endToEnd(raw: readonly string[], set: ReadonlyMap<string, string> = new Map()): string[] {
  const kept = [...set].flat();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (!HOP_BY_HOP.test(name) && !set.has(name.toLowerCase())) kept.push(name, raw[index + 1] ?? '');
  }
  return kept;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Agent } from 'node:https';
import { request as httpsRequest } from 'node:https';
import { endAfterBody } from '../http.ts';
import { refuse } from './storage-error.ts';

/** Where a request goes on to, and what of it is changed on the way. */
export interface Forwarding {
  agent: Agent;
  port: number;
  /** Path and query, raw: what the client sent unless it must differ. */
  path: string;
  /** Headers that are set, whatever the client sent, by lower-case name. */
  headers: ReadonlyMap<string, string>;
  /** The request body, when it was read already; else it streams through. */
  body?: Buffer;
  log?: (line: string) => void;
}

/** Headers of one connection, not of the message; `expect` was answered by the front itself. */
const HOP_BY_HOP = /^(connection|keep-alive|proxy-connection|proxy-authorization|te|trailer|upgrade|expect)$/i;

/**
 * Passes a request on to Azurite and its answer back, streaming both ways; nothing is held in memory. An Azurite that
 * cannot be reached is a 503 `ServerBusy`; one that breaks off in the middle of an answer breaks the connection.
 */
export function forward(request: IncomingMessage, response: ServerResponse, to: Forwarding): void {
  let isAnswered = false;
  const upstream = httpsRequest({
    agent: to.agent,
    host: '127.0.0.1',
    port: to.port,
    method: request.method,
    path: to.path,
    headers: endToEnd(request.rawHeaders, to.headers),
  });
  upstream.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
    answer.on('error', () => response.destroy());
    answer.on('end', () => {
      isAnswered = true;
      const isRefusedEarly = !request.complete;
      endAfterBody(request, response);
      // Azurite stops reading once it has refused: to write on would stall until its time limit of 5 minutes.
      if (isRefusedEarly) upstream.destroy();
    });
    answer.pipe(response, { end: false });
  });
  upstream.on('error', (error: NodeJS.ErrnoException) => {
    if (isAnswered) return;
    to.log?.(`storage: ${request.method} ${request.headers.host} failed behind the front: ${error.message}`);
    if (response.headersSent) response.destroy();
    else refuse(request, response, { status: 503, code: 'ServerBusy', message: 'Azurite cannot be reached.' });
  });
  response.on('close', () => {
    if (!response.writableFinished) upstream.destroy();
  });
  request.on('error', () => upstream.destroy());
  if (to.body) upstream.end(to.body);
  else request.pipe(upstream);
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

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A server that listens on 127.0.0.1. */
export interface RunningServer {
  port: number;
  /** Closes the listener and every connection, idle or in use; resolves when all are gone. May be called twice. */
  stop(): Promise<void>;
}

/** Answers one request. `url` is absolute, with the Host header's name; what it throws becomes a 500. */
export type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void;

/** Stands between the server and a handler: sees each call first, and decides what becomes of it. */
export type Around = (handler: Handler) => Handler;

export interface ServeOptions {
  /** 0 takes any free port. */
  port: number;
  /** PEM texts; without them the server speaks plain http. */
  tls?: { key: string; cert: string };
  /** Put around the handler; left out, nothing is. */
  around?: Around | undefined;
  log?: (line: string) => void;
}

/** Another program listens on the port. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  readonly port: number;

  constructor(port: number) {
    super(
      `Port ${port} on 127.0.0.1 is taken by another program: stop it, or configure another port (0 for any free one).`,
    );
    this.port = port;
  }
}

/** A request body is longer than its reader allows; `serve` answers it with 413. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';

  constructor(limitBytes: number) {
    super(`The request body is larger than the ${limitBytes} bytes that are allowed here.`);
  }
}

const IDLE_CONNECTION_MS = 60_000;

/**
 * Serves `handler` on 127.0.0.1. What the handler throws is logged and answered with a JSON 500 (413 for
 * {@link BodyTooLargeError}), or breaks the connection when an answer had begun. A request without a usable URL gets
 * 400 without the handler being asked. Rejects with {@link PortTakenError}.
 */
export async function serve(handler: Handler, options: ServeOptions): Promise<RunningServer> {
  const handle = options.around ? options.around(handler) : handler;
  const listener: RequestListener = (request, response) => {
    void answer(handle, request, response, options);
  };
  const server = options.tls ? createHttpsServer(options.tls, listener) : createHttpServer(listener);
  // Bodies of any size take as long as they take; the clients have time limits of their own.
  server.requestTimeout = 0;
  server.keepAliveTimeout = IDLE_CONNECTION_MS;
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.writeContinue();
    listener(request, response);
  });
  const port = await listen(server, options.port);
  return { port, stop: () => stop(server) };
}

/** Listens on 127.0.0.1 and gives the port; rejects with {@link PortTakenError}. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(port) : error);
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(handler: Handler, request: IncomingMessage, response: ServerResponse, options: ServeOptions) {
  const url = urlOf(request, options.tls ? 'https' : 'http');
  if (!url) {
    sendJson(response, 400, { error: { code: 'BadRequest', message: `not a usable request URL: ${request.url}` } });
    return;
  }
  try {
    await handler(request, response, url);
  } catch (error) {
    options.log?.(
      `${request.method} ${url.host}${url.pathname}: ${error instanceof Error ? error.stack : String(error)}`,
    );
    sendFailure(response, error);
  }
}

function urlOf(request: IncomingMessage, scheme: string): URL | undefined {
  // Joined as text: resolved against a base, a path of "//name/…" would become a host.
  const text = `${scheme}://${request.headers.host ?? '127.0.0.1'}${request.url}`;
  return request.url?.startsWith('/') && URL.canParse(text) ? new URL(text) : undefined;
}

function sendFailure(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
  } else if (error instanceof BodyTooLargeError) {
    sendJson(response, 413, { error: { code: 'RequestBodyTooLarge', message: error.message } });
  } else {
    sendJson(response, 500, { error: { code: 'InternalServerError', message: String(error) } });
  }
}

/**
 * The whole request body. Over `limitBytes` (default 1 MiB) rejects with {@link BodyTooLargeError} and goes on reading
 * into nothing, so that the refusal reaches the client; rejects too when the client goes away.
 */
export function readBody(request: IncomingMessage, limitBytes = 1024 * 1024): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= limitBytes) chunks.push(chunk);
      else reject(new BodyTooLargeError(limitBytes));
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the client went away in the middle of its request body')));
  });
}

/**
 * Answers with JSON (nothing for `undefined`) and an `x-ms-request-id`. The answer ends only when the request body has
 * been read to its end, by whomever; see {@link endAfterBody}.
 */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const text = value === undefined ? undefined : JSON.stringify(value);
  const shape: Record<string, string | number> =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, { 'x-ms-request-id': randomUUID(), ...shape, ...headers });
  endAfterBody(response.req, response, text);
}

/**
 * Ends the answer once the request body was read to its end; what nobody reads is read here, into nothing. A server
 * that ends its answer while the body still comes resets the connection: the client then sees a broken connection
 * instead of the refusal, and tries again.
 */
export function endAfterBody(request: IncomingMessage, response: ServerResponse, text?: string): void {
  const end = () => {
    if (text === undefined) response.end();
    else response.end(text);
  };
  if (request.complete || request.destroyed) {
    end();
    return;
  }
  request.unpipe();
  request.once('end', end);
  request.resume();
}

/** The token of an `Authorization: Bearer` header, or `undefined`. */
export function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BlobWebhook } from '../blob/blob-webhook.ts';
import { WEBHOOK_PATH } from '../durable/management-urls.ts';
import type { WebhookAnswer } from '../durable/webhook-request.ts';
import type { Webhooks } from '../durable/webhooks.ts';
import { codeOf, stackOf } from '../errors.ts';
import type { EventGridWebhook } from '../event-grid/event-grid-webhook.ts';
import { BodyTooLargeError, readBody } from './body.ts';
import { decodePathPart } from './decode.ts';
import { type HttpFunctionParts, runHttpFunction } from './http-function.ts';
import { type HostKeys, isAllowed, presentedKey, systemKeys } from './keys.ts';
import type { Router } from './router.ts';
import type { RequestHandler } from './server.ts';
import { streamHttpFunction } from './stream-function.ts';

export interface HandlerParts extends HttpFunctionParts {
  router: Router;
  keys: HostKeys;
  webhooks: Webhooks;
  blobWebhook: BlobWebhook;
  eventGridWebhook: EventGridWebhook;
  /** Where the app's own durable client calls without a key; unguessable, because any page may call loopback. */
  rpcPath: string;
  /** The library's own server, for an app that streams requests and responses. */
  streamUri: string | undefined;
  /** Whether only functions that still run are served, by way of their durable client. */
  isStopping(): boolean;
  /** Runs a timer function by hand; `undefined` when there is no function of that name, false when it is no timer. */
  runByHand(functionName: string): boolean | undefined;
}

const BLOB_WEBHOOK_PATH = /^\/runtime\/webhooks\/blobs\/?$/i;
const EVENT_GRID_WEBHOOK_PATH = /^\/runtime\/webhooks\/eventgrid\/?$/i;

interface Call {
  message: IncomingMessage;
  response: ServerResponse;
  url: URL;
}

/** Answers everything that comes in on the host's port. */
export function createRequestHandler(parts: HandlerParts): RequestHandler {
  return (message, response) => {
    dispatch(parts, message, response).catch((error: unknown) => {
      const isTooLarge = error instanceof BodyTooLargeError;
      const isCallersFault = isTooLarge || codeOf(error) === 'ECONNRESET';
      if (!isCallersFault) parts.log('error', 'Host.Http', `${message.method} request failed: ${stackOf(error)}`);
      if (response.headersSent) response.destroy();
      else refuse(message, response, isTooLarge ? 413 : 500);
    });
  };
}

async function dispatch(parts: HandlerParts, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const address = `http://${message.headers.host ?? '127.0.0.1'}${message.url ?? '/'}`;
  if (!URL.canParse(address)) {
    refuse(message, response, 400);
    return;
  }
  const call = { message, response, url: new URL(address) };
  const { pathname } = call.url;
  if (pathname.startsWith(parts.rpcPath)) return webhook(parts, call, pathname.slice(parts.rpcPath.length));
  if (parts.isStopping()) {
    refuse(message, response, 503);
    return;
  }
  if (pathname === WEBHOOK_PATH || pathname.startsWith(`${WEBHOOK_PATH}/`)) {
    if (!isOpen(parts, call, 'system')) return;
    return webhook(parts, call, pathname.slice(WEBHOOK_PATH.length));
  }
  if (BLOB_WEBHOOK_PATH.test(pathname)) return blobWebhook(parts, call);
  if (EVENT_GRID_WEBHOOK_PATH.test(pathname)) return eventGridWebhook(parts, call);
  const systemKey = /^\/admin\/host\/systemkeys(?:\/([^/]+))?$/i.exec(pathname);
  if (systemKey !== null) return showSystemKeys(parts, call, systemKey[1]);
  const admin = /^\/admin\/functions\/([^/]+)$/.exec(pathname)?.[1];
  if (admin !== undefined) return runByHand(parts, call, decodePathPart(admin));
  await callFunction(parts, call);
}

function isOpen(
  parts: HandlerParts,
  { message, response, url }: Call,
  level: Parameters<typeof isAllowed>[0],
): boolean {
  if (isAllowed(level, presentedKey(message.headers, url.searchParams), parts.keys)) return true;
  refuse(message, response, 401);
  return false;
}

/** Answers without a body; what the caller still sends is not kept. */
function refuse(message: IncomingMessage, response: ServerResponse, status: number): void {
  message.resume();
  response.writeHead(status, status === 401 || status === 404 ? {} : { connection: 'close' }).end();
}

async function callFunction(parts: HandlerParts, call: Call): Promise<void> {
  const { message, response, url } = call;
  const match = parts.router.find(message.method ?? 'GET', url.pathname);
  if (match === undefined) {
    refuse(message, response, 404);
    return;
  }
  if (!isOpen(parts, call, match.route.authLevel)) return;
  if (parts.streamUri !== undefined) {
    return streamHttpFunction(parts, match, { message, url }, response, parts.streamUri);
  }
  const body = await readBody(message);
  await runHttpFunction(parts, match, { message, url, body }, response);
}

async function blobWebhook(parts: HandlerParts, call: Call): Promise<void> {
  if (isOpen(parts, call, 'blobs')) send(call.response, parts.blobWebhook.handle(await readGridCall(call)));
}

async function eventGridWebhook(parts: HandlerParts, call: Call): Promise<void> {
  if (!isOpen(parts, call, 'eventGrid')) return;
  const { status, json, text } = await parts.eventGridWebhook.handle(await readGridCall(call));
  if (text === undefined) return send(call.response, { status, ...(json === undefined ? {} : { body: json }) });
  call.response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

/** A call of Event Grid: what it is about, and for which function. */
async function readGridCall({ message, url }: Call) {
  const eventType = message.headers['aeg-event-type'];
  return {
    eventType: Array.isArray(eventType) ? eventType[0] : eventType,
    functionName: url.searchParams.get('functionName') ?? undefined,
    body: (await readBody(message)).toString(),
  };
}

/** What a deployment asks for to build a webhook's URL: one key, or all. */
async function showSystemKeys(parts: HandlerParts, call: Call, name: string | undefined): Promise<void> {
  if (!isOpen(parts, call, 'admin')) return;
  await readBody(call.message);
  const keys = systemKeys(parts.keys);
  const found = name === undefined ? { keys } : keys.find((key) => key.name === name);
  send(
    call.response,
    found === undefined || call.message.method !== 'GET' ? { status: 404 } : { status: 200, body: found },
  );
}

async function runByHand(parts: HandlerParts, call: Call, functionName: string): Promise<void> {
  if (!isOpen(parts, call, 'admin')) return;
  await readBody(call.message);
  if (call.message.method !== 'POST') return send(call.response, { status: 404 });
  const isRun = parts.runByHand(functionName);
  if (isRun === undefined) return send(call.response, { status: 404 });
  if (isRun) return send(call.response, { status: 202 });
  send(call.response, { status: 400, body: { Message: `'${functionName}' is no timer function` } });
}

async function webhook(parts: HandlerParts, { message, response, url }: Call, path: string): Promise<void> {
  const token = message.headers['x-ms-continuation-token'];
  const answer = await parts.webhooks.handle({
    method: message.method ?? 'GET',
    path: path.split('/').filter(Boolean).map(decodePathPart),
    query: url.searchParams,
    contentType: message.headers['content-type'] ?? '',
    continuationToken: Array.isArray(token) ? token[0] : token,
    url: url.href,
    body: (await readBody(message)).toString(),
  });
  send(response, answer);
}

function send(response: ServerResponse, { status, body, headers }: WebhookAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endAfterBody } from '../http.ts';

/** Why a request is not passed on, as the storage service words it. */
export interface Refusal {
  status: number;
  /** The service's error code, such as `AuthenticationFailed`. */
  code: string;
  message: string;
  headers?: Record<string, string>;
}

/** Answers with the service's XML error (no body for HEAD), once the request body has been read to its end. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const requestId = randomUUID();
  const message = `${escapeXml(refusal.message)}\nRequestId:${requestId}\nTime:${new Date().toISOString()}`;
  const xml = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${refusal.code}</Code><Message>${message}</Message></Error>`;
  const version = request.headers['x-ms-version'];
  response.writeHead(refusal.status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(xml),
    'x-ms-error-code': refusal.code,
    'x-ms-request-id': requestId,
    ...(typeof version === 'string' ? { 'x-ms-version': version } : {}),
    ...refusal.headers,
  });
  endAfterBody(request, response, request.method === 'HEAD' ? undefined : xml);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

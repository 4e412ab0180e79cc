import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endAfterBody } from '../http.ts';

/** Why a request is not passed on, as the storage service words it. */
export interface Refusal {
  status: number;
  /** The service's error code, such as `AuthenticationFailed`. */
  code: string;
  message: string;
  /** The service's `AuthenticationErrorDetail`: holds no secret. */
  detail?: string;
  headers?: Record<string, string>;
}

/** 403 for a signature or token that proves nothing, or not now; `detail` says why. */
export function authenticationFailed(detail: string): Refusal {
  const message =
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.';
  return { status: 403, code: 'AuthenticationFailed', message, detail };
}

const MISMATCHES = {
  Permission: 'this permission',
  Protocol: 'this protocol',
  ResourceType: 'this resource type',
  Service: 'this service',
  SourceIP: 'this source IP',
} as const;

/** 403 `Authorization…Mismatch`: the caller is known, and not allowed this. */
export function mismatch(what: keyof typeof MISMATCHES): Refusal {
  const message = `This request is not authorized to perform this operation using ${MISMATCHES[what]}.`;
  return { status: 403, code: `Authorization${what}Mismatch`, message };
}

/** 403: the account's network rules keep the caller out. */
export function networkRefusal(): Refusal {
  const message = 'This request is not authorized to perform this operation.';
  return { status: 403, code: 'AuthorizationFailure', message };
}

/** 403: the account takes no account keys, and no SAS that was signed with one. */
export function keysNotPermitted(): Refusal {
  const message = 'Key based authentication is not permitted on this storage account.';
  return { status: 403, code: 'KeyBasedAuthenticationNotPermitted', message };
}

/** Answers with the service's XML error (no body for HEAD), once the request body has been read to its end. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const requestId = randomUUID();
  const message = `${escapeXml(refusal.message)}\nRequestId:${requestId}\nTime:${new Date().toISOString()}`;
  const detail =
    refusal.detail === undefined
      ? ''
      : `<AuthenticationErrorDetail>${escapeXml(refusal.detail)}</AuthenticationErrorDetail>`;
  const xml = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${refusal.code}</Code><Message>${message}</Message>${detail}</Error>`;
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

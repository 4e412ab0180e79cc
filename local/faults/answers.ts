import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Emulator } from '../calls/service.ts';
import { sendJson } from '../http.ts';
import { cloudOfHost } from '../names.ts';
import { refuse } from '../storage/storage-error.ts';
import type { FAULT_STATUSES, Fault } from './rule.ts';

type Status = (typeof FAULT_STATUSES)[number];

/** Each service's own code for a status. */
const CODES: Readonly<Record<'arm' | 'vault' | 'blob' | 'registry', Readonly<Record<Status, string>>>> = {
  arm: {
    401: 'InvalidAuthenticationToken',
    403: 'AuthorizationFailed',
    404: 'ResourceNotFound',
    409: 'Conflict',
    412: 'PreconditionFailed',
    429: 'TooManyRequests',
    500: 'InternalServerError',
    503: 'ServiceUnavailable',
  },
  vault: {
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'SecretNotFound',
    409: 'Conflict',
    412: 'PreconditionFailed',
    429: 'Throttled',
    500: 'InternalServerError',
    503: 'ServiceUnavailable',
  },
  blob: {
    401: 'InvalidAuthenticationInfo',
    403: 'AuthorizationFailure',
    404: 'BlobNotFound',
    409: 'BlobAlreadyExists',
    412: 'ConditionNotMet',
    429: 'TooManyRequests',
    500: 'InternalError',
    503: 'ServerBusy',
  },
  registry: {
    401: 'UNAUTHORIZED',
    403: 'DENIED',
    404: 'MANIFEST_UNKNOWN',
    409: 'CONFLICT',
    412: 'PRECONDITION_FAILED',
    429: 'TOOMANYREQUESTS',
    500: 'UNKNOWN',
    503: 'UNAVAILABLE',
  },
};

const DEFAULT_RETRY_AFTER_SECONDS = 1;

interface Answered {
  service: Emulator;
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  /** That a 401 sends the client to. */
  tenantId: string;
}

/** Answers with a status as the service itself would: its codes, its error document, its headers. */
export function answerStatus(fault: Extract<Fault, { kind: 'status' }>, call: Answered): void {
  const { service, request, response } = call;
  const { status } = fault;
  const message = fault.message ?? `The local cloud was told to answer with ${status}.`;
  const headers = { ...challengeOf(status, call), ...retryAfterOf(fault) };
  if (service === 'identity') {
    sendJson(response, status, { statusCode: status, message }, headers);
    return;
  }
  if (service === 'login') {
    const error = fault.code ?? (status === 401 ? 'invalid_client' : 'temporarily_unavailable');
    sendJson(response, status, { error, error_description: `AADSTS90033: ${message}` }, headers);
    return;
  }
  const kind = service === 'registrySource' || service === 'registryTarget' ? 'registry' : service;
  const code = fault.code ?? CODES[kind][status];
  if (kind === 'blob') refuse(request, response, { status, code, message, headers });
  else if (kind === 'registry') sendJson(response, status, { errors: [{ code, message }] }, headers);
  else sendJson(response, status, { error: { code, message } }, kind === 'arm' ? withCode(headers, code) : headers);
}

function withCode(headers: Record<string, string>, code: string): Record<string, string> {
  return { ...headers, 'x-ms-error-code': code };
}

function retryAfterOf({ status, retryAfterSeconds }: Extract<Fault, { kind: 'status' }>): Record<string, string> {
  const seconds = retryAfterSeconds ?? (status === 429 ? DEFAULT_RETRY_AFTER_SECONDS : undefined);
  return seconds === undefined ? {} : { 'retry-after': String(seconds) };
}

/** A 401 says where to get a better token. */
function challengeOf(status: Status, { service, url, tenantId }: Answered): Record<string, string> {
  if (status !== 401 || service === 'identity' || service === 'login') return {};
  const cloud = cloudOfHost(url.host) ?? 'source';
  const login = `https://login.${cloud}.test/${tenantId}`;
  const challenges = {
    arm: `authorization_uri="${login}", error="invalid_token"`,
    vault: `authorization="${login}", resource="https://vault.${cloud}.test"`,
    blob: `authorization_uri=${login}/oauth2/authorize resource_id=https://storage.azure.com`,
  };
  const registry = `realm="${url.origin}/oauth2/token",service="${url.host}",error="invalid_token"`;
  const challenge = service in challenges ? challenges[service as keyof typeof challenges] : registry;
  return { 'www-authenticate': `Bearer ${challenge}` };
}

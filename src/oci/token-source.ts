import { type Dispatcher, request as send } from 'undici';
import { z } from 'zod';
import { TransferError } from '../domain/errors.ts';
import { readBytes } from './registry/body.ts';
import { networkError } from './registry/network-error.ts';
import { resolveWithinOrigin } from './registry/origin.ts';
import { errorOfResponse } from './registry/response-error.ts';

/** What a registry's Bearer challenge asks for. `scopes` are like `repository:team/app:pull,push`. */
export interface TokenRequest {
  endpoint: URL;
  realm: URL;
  service: string;
  scopes: readonly string[];
  signal?: AbortSignal;
}

/** A bearer token; `expiresAtMs` is epoch milliseconds, 60 seconds from now where it is absent. */
export interface BearerToken {
  token: string;
  expiresAtMs?: number;
}

/**
 * Answers a registry's challenge: `bearer` a Bearer challenge, `basic` a Basic one (absent: the challenge is refused
 * with a clear error). The client keeps tokens until shortly before they expire and never asks for a realm outside the
 * endpoint's origin. Errors thrown here are the request's; a `transient` one is tried again.
 */
export interface TokenSource {
  bearer(request: TokenRequest): Promise<BearerToken>;
  basic?(): Promise<{ username: string; password: string }>;
}

/** How {@link passwordTokenSource} reaches the realm: undici's global dispatcher and 30,000 ms by default. */
export interface PasswordTokenSourceOptions {
  dispatcher?: Dispatcher;
  timeoutMs?: number;
}

const MAX_ANSWER_BYTES = 1024 * 1024;
const answerSchema = z
  .object({
    token: z.string().min(1).optional(),
    access_token: z.string().min(1).optional(),
    expires_in: z.number().optional(),
  })
  .transform((answer) => ({ token: answer.token ?? answer.access_token, expiresInSeconds: answer.expires_in }));

/** The value of an `Authorization` header of scheme Basic. */
export function formatBasic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

/**
 * User name and password, for docker-style registries: Basic as it is, and for a Bearer challenge a GET at the realm
 * with Basic (distribution's token specification). Refuses a realm of another origin than the endpoint
 * (`FOREIGN_ORIGIN`), so the password goes nowhere else.
 */
export function passwordTokenSource(
  username: string,
  password: string,
  options: PasswordTokenSourceOptions = {},
): TokenSource {
  return {
    basic: async () => ({ username, password }),
    bearer: (request) => fetchToken(request, formatBasic(username, password), options),
  };
}

function formatRealmUrl(request: TokenRequest): URL {
  const url = resolveWithinOrigin(request.endpoint, request.endpoint, request.realm.href, 'token realm');
  url.searchParams.set('service', request.service);
  for (const scope of request.scopes) url.searchParams.append('scope', scope);
  return url;
}

async function fetchToken(
  request: TokenRequest,
  authorization: string,
  { dispatcher, timeoutMs = 30_000 }: PasswordTokenSourceOptions,
): Promise<BearerToken> {
  const url = formatRealmUrl(request);
  const action = `get a token for ${request.scopes.join(' ') || 'no scope'}`;
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]);
  let text: string;
  try {
    const response = await send(url, { headers: { authorization }, signal, ...(dispatcher ? { dispatcher } : {}) });
    if (response.statusCode !== 200) throw await errorOfResponse(action, url.host, response);
    const bytes = await readBytes(response.body, MAX_ANSWER_BYTES, () => noToken(action, url.host));
    text = bytes.toString('utf8');
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason;
    throw networkError(action, url.host, error);
  }
  return parseAnswer(text, action, url.host);
}

function noToken(action: string, host: string): TransferError {
  return new TransferError(`Could not ${action} at ${host}: the answer has no token`, {
    class: 'service',
    code: 'TOKEN_INVALID',
  });
}

function parseAnswer(text: string, action: string, host: string): BearerToken {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const { data } = answerSchema.safeParse(json);
  if (data?.token === undefined) throw noToken(action, host);
  const { token, expiresInSeconds } = data;
  return expiresInSeconds === undefined ? { token } : { token, expiresAtMs: Date.now() + expiresInSeconds * 1000 };
}

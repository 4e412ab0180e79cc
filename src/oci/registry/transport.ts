import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, request as send } from 'undici';
import type { TokenSource } from '../token-source.ts';
import { Authorizer } from './authorizer.ts';
import type { TransportResponse } from './body.ts';
import { networkError } from './network-error.ts';
import { errorOfResponse } from './response-error.ts';
import { DEFAULT_RETRY_DELAYS_MS, decideRetryWaitMs } from './retry.ts';

/** How a registry is reached; see `RegistryClient` for defaults. */
export interface TransportOptions {
  endpoint: string;
  tokens: TokenSource;
  dispatcher?: Dispatcher;
  timeoutMs?: number;
  idleTimeoutMs?: number;
  retryDelaysMs?: readonly number[];
  signal?: AbortSignal;
}

/** One request to a registry. `action` completes "Could not …"; `scopes` are what its token must allow. */
export interface TransportRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  url: URL;
  action: string;
  scopes: readonly string[];
  /** Statuses handed back; any other is thrown as an error. */
  expected: readonly number[];
  headers?: Record<string, string>;
  /** A stream is sent once only: no retry and no answer to a challenge. */
  body?: Uint8Array | Readable;
  /** True where the request leaves the endpoint (a redirected blob read): no credentials go along. */
  isAnonymous?: boolean;
}

/** Requests to one registry, with authentication, time limits, bounded retries and errors in this project's form. */
export class Transport {
  readonly endpoint: URL;
  readonly signal: AbortSignal | undefined;
  readonly retryDelaysMs: readonly number[];
  readonly #options: TransportOptions;
  readonly #authorizer: Authorizer;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.endpoint = new URL(options.endpoint);
    this.signal = options.signal;
    this.retryDelaysMs = options.retryDelaysMs ?? DEFAULT_RETRY_DELAYS_MS;
    this.#authorizer = new Authorizer(this.endpoint, options.tokens, options.signal);
  }

  /** The URL of a path below `/v2/` of the endpoint. */
  urlOf(path: string): URL {
    return new URL(`/v2/${path}`, this.endpoint);
  }

  /**
   * What `consume` makes of the answer; request and consumption are tried again together after a transient failure.
   * `consume` must read or destroy the body. Throws `TransferError`, or the signal's reason once it is aborted.
   */
  async send<T>(request: TransportRequest, consume: (response: TransportResponse) => Promise<T> | T): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await consume(await this.#sendAuthorized(request));
      } catch (error) {
        await this.waitBeforeRetry(request, error, attempt);
      }
    }
  }

  /** Waits if another try is worth it; throws the failure in this project's form if not. */
  async waitBeforeRetry(
    request: Pick<TransportRequest, 'action' | 'url' | 'body'>,
    error: unknown,
    attempt: number,
  ): Promise<void> {
    this.signal?.throwIfAborted();
    const failure = networkError(request.action, request.url.host, error);
    const isOnceOnly = request.body instanceof Readable;
    const waitMs = isOnceOnly ? undefined : decideRetryWaitMs(failure, attempt, this.retryDelaysMs);
    if (waitMs === undefined) throw failure;
    await sleep(waitMs, undefined, this.signal === undefined ? {} : { signal: this.signal });
  }

  async #sendAuthorized(request: TransportRequest): Promise<TransportResponse> {
    if (request.isAnonymous) return this.#accept(request, await this.#sendOnce(request, undefined));
    const authorization = await this.#authorizer.headerFor(request.scopes);
    const response = await this.#sendOnce(request, authorization);
    if (response.statusCode !== 401) return this.#accept(request, response);
    if (request.body instanceof Readable) {
      this.#authorizer.forget(request.scopes, authorization);
      return this.#accept(request, response);
    }
    const challenge = response.headers['www-authenticate'];
    const renewed = await this.#authorizer.answer(challenge, request.scopes, authorization);
    if (renewed === undefined) return this.#accept(request, response);
    await response.body.dump();
    return this.#accept(request, await this.#sendOnce(request, renewed));
  }

  async #sendOnce(request: TransportRequest, authorization: string | undefined): Promise<TransportResponse> {
    const { dispatcher, timeoutMs = 30_000, idleTimeoutMs = 60_000 } = this.#options;
    return send(request.url, {
      method: request.method,
      headers: { ...request.headers, ...(authorization === undefined ? {} : { authorization }) },
      body: request.body ?? null,
      headersTimeout: timeoutMs,
      bodyTimeout: idleTimeoutMs,
      ...(this.signal === undefined ? {} : { signal: this.signal }),
      ...(dispatcher === undefined ? {} : { dispatcher }),
    });
  }

  async #accept(request: TransportRequest, response: TransportResponse): Promise<TransportResponse> {
    if (request.expected.includes(response.statusCode)) return response;
    throw await errorOfResponse(request.action, request.url.host, response);
  }
}

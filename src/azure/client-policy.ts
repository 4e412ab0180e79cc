import type { PipelinePolicy, PipelineResponse } from '@azure/core-rest-pipeline';
import { newPipeline, type RequestPolicyFactory } from '@azure/storage-blob';
import type { AdditionalPolicyConfig } from '@azure-rest/core-client';
import { TransferError } from '../domain/errors.ts';
import { ForeignAnswerError } from './foreign-answer.ts';
import { readRetryAfterMs } from './retry-after.ts';

/** What services see of this app in the `User-Agent` header. */
export const USER_AGENT_PREFIX = 'acr-transfer/0.2.0';

/** How long one call may take, its retries included. */
export const CALL_LIMIT_MS = 30_000;

/** How long a sign-in may take, its retries included; it ends before the call that waits for the token. */
export const SIGN_IN_LIMIT_MS = 25_000;

/** How long one call that moves a block of data may take, its retries included. */
export const DATA_CALL_LIMIT_MS = 120_000;

/** The longest wait inside a call; a service that asks for more gets its answer passed on, and a timer waits. */
export const MAX_RETRY_DELAY_MS = 10_000;

const MAX_RETRIES = 3;
const FIRST_RETRY_DELAY_MS = 800;

const userAgentOptions = { userAgentPrefix: USER_AGENT_PREFIX };
const retryOptions = {
  maxRetries: MAX_RETRIES,
  retryDelayInMs: FIRST_RETRY_DELAY_MS,
  maxRetryDelayInMs: MAX_RETRY_DELAY_MS,
};

/** Options of a credential: the same retries, the same name. */
export const credentialOptions = { userAgentOptions, retryOptions };

/**
 * Options of an SDK client that talks to `endpoint` (ARM, Key Vault): bounded retries, no request to another origin,
 * and no waiting inside the call beyond {@link MAX_RETRY_DELAY_MS}. The time limit of a call is `attempt`'s.
 */
export function clientOptions(endpoint: string) {
  const additionalPolicies: AdditionalPolicyConfig[] = [
    { policy: ownOriginPolicy(new URL(endpoint).origin), position: 'perRetry' },
    { policy: longWaitPolicy, position: 'perRetry' },
  ];
  return { userAgentOptions, retryOptions, additionalPolicies };
}

/**
 * The same for storage. `headers` go with every request that the pipeline sends: for headers that the SDK's methods
 * have no option for.
 */
export function storagePipeline(credential: Parameters<typeof newPipeline>[0], headers: Record<string, string> = {}) {
  const pipeline = newPipeline(credential, {
    userAgentOptions,
    retryOptions: {
      maxTries: MAX_RETRIES + 1,
      retryDelayInMs: FIRST_RETRY_DELAY_MS,
      maxRetryDelayInMs: MAX_RETRY_DELAY_MS,
    },
  });
  if (Object.keys(headers).length > 0) pipeline.factories.push(headerFactory(headers));
  return pipeline;
}

function headerFactory(headers: Record<string, string>): RequestPolicyFactory {
  return {
    create: (next) => ({
      sendRequest(request) {
        for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
        return next.sendRequest(request);
      },
    }),
  };
}

/**
 * Refuses every request outside the client's own endpoint, whoever made its URL (a next page, an operation, a
 * redirect): the pipeline would send the bearer token along.
 */
function ownOriginPolicy(origin: string): PipelinePolicy {
  return {
    name: 'ownOriginPolicy',
    async sendRequest(request, next) {
      assertOwnOrigin(request.url, origin);
      return next(request);
    },
  };
}

/** Throws a {@link TransferError} with code `FOREIGN_ORIGIN` unless the URL is one of the endpoint's own origin. */
export function assertOwnOrigin(url: string, endpoint: string): void {
  const { origin } = new URL(endpoint);
  const found = URL.canParse(url) ? new URL(url).origin : url;
  if (found === origin) return;
  throw new TransferError(`the service named a URL at ${found}; allowed: ${origin}, which alone may see its tokens`, {
    class: 'service',
    code: 'FOREIGN_ORIGIN',
  });
}

/** Without it the SDK would sleep inside an activity for as long as a `Retry-After` says. */
const longWaitPolicy: PipelinePolicy = {
  name: 'longWaitPolicy',
  async sendRequest(request, next) {
    const response: PipelineResponse = await next(request);
    const waitMs = readRetryAfterMs((name) => response.headers.get(name));
    const isThrottled = response.status === 429 || response.status === 503;
    if (isThrottled && waitMs !== undefined && waitMs > MAX_RETRY_DELAY_MS) throw new ForeignAnswerError(response);
    return response;
  },
};

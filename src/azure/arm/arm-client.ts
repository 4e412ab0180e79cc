import { createContainerRegistryManagement } from '@azure/arm-containerregistry/api';
import type { TokenCredential } from '@azure/core-auth';
import type { PathUncheckedResponse, RequestParameters } from '@azure-rest/core-client';
import type { z } from 'zod';
import type { Cloud } from '../../domain/cloud.ts';
import { type Side, TransferError } from '../../domain/errors.ts';
import { parseRegistryId } from '../../domain/resource-id.ts';
import { assertOwnOrigin, clientOptions } from '../client-policy.ts';
import { attempt, type CallContext } from '../errors.ts';
import { ForeignAnswerError } from '../foreign-answer.ts';

/** The first API version whose pipelines know managed identities on storage. */
const API_VERSION = '2025-06-01-preview';

/** What ARM answered: status, headers by lower-case name, body as parsed JSON. */
export interface ArmAnswer {
  status: number;
  header(name: string): string | undefined;
  body: unknown;
}

export interface ArmCall {
  /** In the imperative, for messages: `read the run`. */
  action: string;
  method: 'get' | 'put' | 'post' | 'delete';
  /** Path below the registry (`/pipelineRuns/name`; empty for the registry itself), or an absolute URL of ARM. */
  path: string;
  body?: unknown;
  /** Statuses that are no error. */
  accept: readonly number[];
  /** Code of the error when the resource itself is missing (not one of its parents). */
  notFoundCode?: string;
}

export interface ArmClientOptions {
  /** Resource id of the registry that all paths are below. */
  registryId: string;
  cloud: Cloud;
  credential: TokenCredential;
  side?: Side | undefined;
}

/** Calls on one registry's resources over the management SDK's own pipeline. */
export interface ArmClient {
  /** The management endpoint, an origin. */
  endpoint: string;
  /** Sends once, within the SDK's retries and the time limit. Throws a {@link TransferError}. */
  send(call: ArmCall): Promise<ArmAnswer>;
  /** The parsed body; a body of another form is class `service`, code `UNEXPECTED_ANSWER`. */
  parse<T>(call: ArmCall, schema: z.ZodType<T>, body: unknown): T;
}

/** The client of a registry's resources. Throws a RangeError when `registryId` is not a registry's resource id. */
export function createArmClient(options: ArmClientOptions): ArmClient {
  const { registryId, cloud } = options;
  const context = openContext(options);
  const resourceOf = (call: ArmCall) => (isUrl(call.path) ? call.path : `${registryId}${call.path}`);
  const contextOf = ({ action, notFoundCode }: ArmCall, resource: string): CallContext => ({
    action,
    resource,
    side: options.side,
    ...(notFoundCode === undefined ? {} : { notFoundCode }),
  });

  return {
    endpoint: cloud.armEndpoint,
    send(call) {
      const resource = resourceOf(call);
      return attempt(contextOf(call, resource), async (abortSignal) => {
        if (isUrl(resource)) assertOwnOrigin(resource, cloud.armEndpoint);
        const parameters: RequestParameters = { abortSignal };
        if (call.body !== undefined) parameters.body = call.body;
        return readAnswer(await context.pathUnchecked(encodePath(resource))[call.method](parameters), call.accept);
      });
    },
    parse: (call, schema, body) => parseBody(contextOf(call, resourceOf(call)), schema, body),
  };
}

function openContext({ registryId, cloud, credential }: ArmClientOptions) {
  const parts = parseRegistryId(registryId);
  if (!parts) throw new RangeError(`registry ${registryId}; allowed: the resource id of a container registry`);
  return createContainerRegistryManagement(credential, parts.subscriptionId, {
    ...clientOptions(cloud.armEndpoint),
    endpoint: cloud.armEndpoint,
    credentials: { scopes: [`${cloud.armAudience}/.default`] },
    apiVersion: API_VERSION,
  });
}

function parseBody<T>({ action, resource, side }: CallContext, schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new TransferError(`${action} on ${resource}: answer not understood, ${faults.join('; ')}`, {
    class: 'service',
    code: 'UNEXPECTED_ANSWER',
    ...(side === undefined ? {} : { side }),
  });
}

/** An id may hold what a path must not (blanks and brackets of a resource group's name); a URL is left as it is. */
function encodePath(resource: string): string {
  return isUrl(resource) ? resource : resource.split('/').map(encodeURIComponent).join('/');
}

function isUrl(text: string): boolean {
  return /^https?:/i.test(text);
}

function readAnswer(response: PathUncheckedResponse, accept: readonly number[]): ArmAnswer {
  const status = Number(response.status);
  const header = (name: string) => response.headers[name.toLowerCase()];
  if (accept.includes(status)) return { status, header, body: response.body };
  const body: unknown = response.body;
  const bodyAsText = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  throw new ForeignAnswerError({ status, headers: { get: header }, bodyAsText });
}

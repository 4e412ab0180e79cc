import type { TokenCredential } from '@azure/core-auth';
import type { z } from 'zod';
import { type Side, TransferError } from '../../domain/errors.ts';
import type { RouteSide } from '../../domain/route/route.ts';
import { assertOwnOrigin } from '../client-policy.ts';
import { readRetryAfterMs } from '../retry-after.ts';
import { type ArmAnswer, type ArmCall, type ArmClient, createArmClient } from './arm-client.ts';
import { listArm } from './arm-list.ts';
import {
  exportPipelineSchema,
  importPipelineSchema,
  operationSchema,
  pipelineRunSchema,
  registrySchema,
} from './pipeline-schemas.ts';
import type {
  ExportPipeline,
  ImportPipeline,
  PipelineRun,
  PipelineRunRequest,
  RegistryInfo,
} from './pipeline-types.ts';

export type {
  ExportPipeline,
  ImportPipeline,
  PipelineRun,
  PipelineRunRequest,
  RegistryInfo,
} from './pipeline-types.ts';

/** An answer about a run, with what its headers say. */
export interface RunAnswer {
  run: PipelineRun;
  /** Milliseconds that the service asks to wait before the next read. */
  retryAfterMs?: number | undefined;
  correlationId?: string | undefined;
}

/**
 * ACR Transfer's resources of one registry. Every call has a time limit and is sent within the SDK's short retries;
 * nothing here polls. Names in URLs are encoded, so runs that the service named itself are read like any other.
 * All throw {@link TransferError}s.
 */
export interface PipelineOperations {
  getRegistry(): Promise<RegistryInfo>;
  /** `undefined` when there is no such pipeline; a missing registry, group or subscription is an error. */
  getExportPipeline(name: string): Promise<ExportPipeline | undefined>;
  getImportPipeline(name: string): Promise<ImportPipeline | undefined>;
  listExportPipelines(): AsyncIterable<ExportPipeline>;
  listImportPipelines(): AsyncIterable<ImportPipeline>;
  /** `undefined` when there is no such run. */
  getRun(name: string): Promise<RunAnswer | undefined>;
  /**
   * Asks for a run and returns. The SDK may send it again after a broken connection: one name with one
   * `forceUpdateTag` is one run, however often it is put. `operationUrl` is left out when it is not ARM's own.
   */
  putRun(
    name: string,
    body: { request: PipelineRunRequest; forceUpdateTag: string },
  ): Promise<RunAnswer & { operationUrl?: string | undefined }>;
  /** State of an operation by the URL that {@link putRun} gave; one of another origin is refused (`FOREIGN_ORIGIN`). */
  getOperation(url: string): Promise<{ status: string; error?: { code: string; message: string } | undefined }>;
  /** Drops the record of a run, not what it moved. One that is not there is fine, so sending it twice is. */
  deleteRun(name: string): Promise<void>;
  /** All runs, in the service's order, page by page. A next page of another origin is refused (`FOREIGN_ORIGIN`). */
  listRuns(): AsyncIterable<PipelineRun>;
}

/** The operations on one side's registry. `name` of the side appears in errors. */
export function createPipelineOperations(
  side: Pick<RouteSide, 'registry' | 'cloud'>,
  credential: TokenCredential,
  name?: Side,
): PipelineOperations {
  const client = createArmClient({ registryId: side.registry, cloud: side.cloud, credential, side: name });
  return {
    getRegistry: () => getRegistry(client),
    getExportPipeline: (pipeline) => find(client, 'exportPipelines', pipeline, exportPipelineSchema),
    getImportPipeline: (pipeline) => find(client, 'importPipelines', pipeline, importPipelineSchema),
    listExportPipelines: () => list(client, 'exportPipelines', exportPipelineSchema),
    listImportPipelines: () => list(client, 'importPipelines', importPipelineSchema),
    getRun: (run) => getRun(client, run),
    putRun: (run, body) => putRun(client, run, body),
    getOperation: (url) => getOperation(client, url),
    deleteRun: (run) => deleteRun(client, run),
    listRuns: () => list(client, 'pipelineRuns', pipelineRunSchema),
  };
}

async function getRegistry(client: ArmClient): Promise<RegistryInfo> {
  const call: ArmCall = { action: 'read the registry', method: 'get', path: '', accept: [200] };
  const { body } = await client.send(call);
  const { id, name, location, sku, properties } = client.parse(call, registrySchema, body);
  return {
    id,
    name,
    location,
    loginServer: properties.loginServer,
    sku: sku.name ?? '',
    publicNetworkAccess: properties.publicNetworkAccess,
    exportPolicy: properties.policies?.exportPolicy?.status,
    provisioningState: properties.provisioningState,
    roleAssignmentMode: properties.roleAssignmentMode,
  };
}

async function find<T>(client: ArmClient, type: string, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const call: ArmCall = { action: `read one of ${type}`, method: 'get', path: `/${type}/${name}`, accept: [200] };
  const answer = await sendUnlessAbsent(client, call);
  return answer && client.parse(call, schema, answer.body);
}

function list<T>(client: ArmClient, type: string, schema: z.ZodType<T>): AsyncIterable<T> {
  return listArm(client, { action: `list ${type}`, path: `/${type}` }, schema);
}

async function getRun(client: ArmClient, name: string): Promise<RunAnswer | undefined> {
  const call: ArmCall = { action: 'read the run', method: 'get', path: `/pipelineRuns/${name}`, accept: [200] };
  const answer = await sendUnlessAbsent(client, call);
  return answer && readRun(client, call, answer);
}

async function putRun(
  client: ArmClient,
  name: string,
  body: { request: PipelineRunRequest; forceUpdateTag: string },
): Promise<RunAnswer & { operationUrl?: string | undefined }> {
  const path = `/pipelineRuns/${name}`;
  const call: ArmCall = {
    action: 'ask for the run',
    method: 'put',
    path,
    body: { properties: body },
    accept: [200, 201, 202],
  };
  const answer = await client.send(call);
  return { ...readRun(client, call, answer), operationUrl: operationUrlOf(answer, client.endpoint) };
}

function readRun(client: ArmClient, call: ArmCall, answer: ArmAnswer): RunAnswer {
  return {
    run: client.parse(call, pipelineRunSchema, answer.body),
    retryAfterMs: readRetryAfterMs(answer.header),
    correlationId: answer.header('x-ms-correlation-request-id') ?? answer.header('x-ms-request-id'),
  };
}

async function getOperation(client: ArmClient, url: string) {
  assertOwnOrigin(url, client.endpoint);
  const call: ArmCall = { action: 'read the operation', method: 'get', path: url, accept: [200, 201, 202, 204] };
  const { status, body } = await client.send(call);
  const operation = client.parse(call, operationSchema, typeof body === 'object' && body !== null ? body : {});
  // A monitor by `Location` has no body: its HTTP status tells whether it goes on.
  return { status: operation.status ?? (status === 202 ? 'InProgress' : 'Succeeded'), error: operation.error };
}

async function deleteRun(client: ArmClient, name: string): Promise<void> {
  const path = `/pipelineRuns/${name}`;
  await sendUnlessAbsent(client, { action: 'delete the run', method: 'delete', path, accept: [200, 202, 204] });
}

/** `undefined` when the resource itself is missing; a missing parent has a code of its own and is an error. */
async function sendUnlessAbsent(client: ArmClient, call: ArmCall): Promise<ArmAnswer | undefined> {
  try {
    return await client.send({ ...call, notFoundCode: ABSENT });
  } catch (error) {
    if (error instanceof TransferError && error.code === ABSENT) return undefined;
    throw error;
  }
}
const ABSENT = 'ABSENT';

function operationUrlOf(answer: ArmAnswer, endpoint: string): string | undefined {
  const header = answer.header('azure-asyncoperation') ?? answer.header('location');
  const url = header && resolveUrl(header, endpoint);
  return url && new URL(url).origin === new URL(endpoint).origin ? url : undefined;
}

function resolveUrl(text: string, endpoint: string): string {
  return new URL(text, endpoint).href;
}

import { z } from 'zod';
import { formatArtifact, parseArtifact } from '../../src/domain/artifact.ts';
import { badValue } from './arm-error.ts';
import { type PipelineType, transferTypeOf } from './arm-path.ts';
import { principalOf } from './identity.ts';
import type { Listed } from './paging.ts';
import type { PipelineContent, PipelineOption, StorageEndpoint } from './pipeline-model.ts';
import { parseBody } from './request-body.ts';
import type { SystemData } from './system-data.ts';

/** Artifacts that one run moves at most. */
export const MAX_ARTIFACTS = 50;
const MAX_BLOB_NAME_LENGTH = 1024;

/** What a run was asked for. */
export interface RunRequest {
  pipelineResourceId: string;
  /** Exports only, as written: `repo` (meaning `latest`), `repo:tag` or `repo@sha256:…`. */
  artifacts?: string[];
  /** The storage blob that an export writes or an import reads. */
  blobName: string;
  /** Imports only: the digest that the archive must have. */
  catalogDigest?: string;
}

/** The pipeline as it was when the run was asked for; the run goes by it, whatever becomes of the pipeline. */
export interface PipelineSnapshot {
  type: PipelineType;
  endpoint: StorageEndpoint;
  options: PipelineOption[];
  /** Whose tokens the run carries; a pipeline may have no identity. */
  principalId?: string;
}

/** How far a run is, and what came of it. Times are milliseconds since 1970. */
export interface RunState {
  status: 'Running' | 'Succeeded' | 'Failed';
  startTimeMs: number;
  finishTimeMs?: number;
  /** 0 to 100; a running run's is only in memory. */
  percentage: number;
  /** `repository:tag`, or `repository@digest` where there is no tag. */
  importedArtifacts?: string[];
  /** The digest of each of `importedArtifacts`, in their order. */
  importedDigests?: string[];
  catalogDigest?: string;
  error?: { code: string; message: string };
}

/** A pipeline run as it is kept. */
export interface RunRecord extends Listed {
  id: string;
  name: string;
  request: RunRequest;
  forceUpdateTag?: string;
  pipeline: PipelineSnapshot;
  /** The id of the status monitor of the latest execution. */
  operationId: string;
  /** Of a run that the source trigger started: when its blob changed, in milliseconds since 1970. */
  triggeredByChangeAtMs?: number;
  state: RunState;
  systemData: SystemData;
}

/** The pipeline as a run goes by it. */
export function snapshotOf({
  type,
  endpoint,
  options = [],
  identity,
}: PipelineContent & { type: PipelineType }): PipelineSnapshot {
  const principalId = principalOf(identity);
  return { type, endpoint, options, ...(principalId === undefined ? {} : { principalId }) };
}

const text = (allowed: string) => z.string({ error: allowed });
const blobSchema = z
  .object(
    {
      type: z.literal('AzureStorageBlob', { error: 'AzureStorageBlob' }).optional(),
      name: text('the name of a blob').max(MAX_BLOB_NAME_LENGTH, `1 to ${MAX_BLOB_NAME_LENGTH} characters`).optional(),
    },
    { error: 'an object with name' },
  )
  .optional();
const runSchema = z.object({
  properties: z.object(
    {
      request: z.object(
        {
          pipelineResourceId: text('the resource id of an export or import pipeline of this registry'),
          artifacts: z.array(text('the name of an artifact'), { error: 'a list of artifacts' }).optional(),
          source: blobSchema,
          target: blobSchema,
          catalogDigest: text('a digest').optional(),
        },
        { error: 'an object with pipelineResourceId' },
      ),
      forceUpdateTag: text('any text').optional(),
    },
    { error: 'an object with request' },
  ),
});
type RunBody = z.infer<typeof runSchema>['properties']['request'];

/** Where a run's pipeline is: of the same registry, found by its type and name. */
export interface PipelineReference {
  registryId: string;
  type: PipelineType;
  name: string;
}

/**
 * The run that the body of a PUT asks for, and its pipeline, not looked up yet. Throws 400; for its artifacts only where
 * `checksArtifacts`, otherwise {@link checkArtifacts} is for the run to call.
 */
export function parseRun(
  body: unknown,
  checksArtifacts: boolean,
): {
  request: RunRequest;
  pipeline: PipelineReference;
  forceUpdateTag: string | undefined;
} {
  const { request, forceUpdateTag } = parseBody(runSchema, body).properties;
  const pipeline = parsePipelineId(request.pipelineResourceId);
  const parsed = pipeline.type === 'exportPipelines' ? parseExport(request) : parseImport(request);
  if (checksArtifacts && pipeline.type === 'exportPipelines') checkArtifacts(parsed.artifacts);
  return { request: parsed, pipeline, forceUpdateTag };
}

/** The artifact that a text of a request names; a bare repository means its tag `latest`. Throws 400. */
export function parseRunArtifact(text: string) {
  const parsed = parseArtifact(/[:@]/.test(text) ? text : `${text}:latest`);
  if ('artifact' in parsed) return { ...parsed.artifact, text: formatArtifact(parsed.artifact) };
  throw badValue('properties.request.artifacts', text, 'repository, repository:tag, repository@sha256:{64 hex digits}');
}

/** Throws 400 unless an export run may have these artifacts. */
export function checkArtifacts(artifacts: readonly string[] | undefined): void {
  if (artifacts === undefined || artifacts.length > MAX_ARTIFACTS) {
    const found = artifacts && `${artifacts.length} artifacts`;
    throw badValue('properties.request.artifacts', found, `1 to ${MAX_ARTIFACTS} artifacts in an export run`);
  }
  for (const artifact of artifacts) parseRunArtifact(artifact);
}

function parseExport({ pipelineResourceId, artifacts, target }: RunBody): RunRequest {
  if (target?.name === undefined) {
    throw badValue('properties.request.target.name', undefined, 'the name of the blob to write');
  }
  return { pipelineResourceId, ...(artifacts === undefined ? {} : { artifacts }), blobName: target.name };
}

function parseImport({ pipelineResourceId, source, catalogDigest }: RunBody): RunRequest {
  if (source?.name === undefined) {
    throw badValue('properties.request.source.name', undefined, 'the name of the blob to read');
  }
  return { pipelineResourceId, blobName: source.name, ...(catalogDigest === undefined ? {} : { catalogDigest }) };
}

function parsePipelineId(id: string): PipelineReference {
  const match = /^(\/.+)\/(exportPipelines|importPipelines)\/([^/]+)\/?$/i.exec(id);
  const type = transferTypeOf(match?.[2]);
  if (!match || type === undefined || type === 'pipelineRuns') {
    const allowed = '{registry id}/exportPipelines/{name} or {registry id}/importPipelines/{name}';
    throw badValue('properties.request.pipelineResourceId', id, allowed);
  }
  return { registryId: match[1] ?? '', type, name: match[3] ?? '' };
}

/** Whether a PUT asks again for what the run already is: the same request, and no other `forceUpdateTag`. */
export function isSameRun(run: RunRecord, request: RunRequest, forceUpdateTag: string | undefined): boolean {
  const sameTag = forceUpdateTag === undefined || forceUpdateTag === run.forceUpdateTag;
  return sameTag && JSON.stringify(request) === JSON.stringify(run.request);
}

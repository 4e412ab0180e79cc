import { z } from 'zod';
import { hasAccessMode, hasSystemData } from './api-versions.ts';
import { badValue } from './arm-error.ts';
import type { PipelineType } from './arm-path.ts';
import { assignIdentity, formatIdentity, identitySchema, type PipelineIdentity } from './identity.ts';
import type { Listed } from './paging.ts';
import { parseBody } from './request-body.ts';
import type { SystemData } from './system-data.ts';

/** The options of both directions share one enumeration; one that does not fit the direction is kept without effect. */
export const PIPELINE_OPTIONS = [
  'OverwriteTags',
  'OverwriteBlobs',
  'DeleteSourceBlobOnSuccess',
  'ContinueOnErrors',
] as const;
export type PipelineOption = (typeof PIPELINE_OPTIONS)[number];

/** The container at a pipeline's far end, and how it is reached. */
export interface StorageEndpoint {
  type: string;
  /** The container's URL. */
  uri: string;
  storageAccessMode: 'ManagedIdentity' | 'SasToken';
  /** The secret that holds the SAS token; only in mode `SasToken`. */
  keyVaultUri?: string;
}

/** What a pipeline is, without its place. */
export interface PipelineContent {
  location?: string;
  identity?: PipelineIdentity;
  endpoint: StorageEndpoint;
  options?: PipelineOption[];
  /** Import pipelines only. */
  sourceTrigger?: 'Enabled' | 'Disabled';
}

/** A pipeline as it is kept. */
export interface PipelineRecord extends Listed, PipelineContent {
  id: string;
  name: string;
  type: PipelineType;
  systemData: SystemData;
}

const text = (allowed: string) => z.string({ error: allowed });
const endpointSchema = z.object(
  {
    type: z.literal('AzureStorageBlobContainer', { error: 'AzureStorageBlobContainer' }).optional(),
    uri: text('the URI of a blob container'),
    keyVaultUri: text('the URI of a Key Vault secret').optional(),
    storageAccessMode: z
      .enum(['ManagedIdentity', 'SasToken'], { error: 'ManagedIdentity, SasToken' })
      .default('SasToken'),
  },
  { error: 'an object with uri' },
);
const commonShape = {
  options: z.array(z.enum(PIPELINE_OPTIONS, { error: PIPELINE_OPTIONS.join(', ') })).optional(),
};
const triggerSchema = z.object({
  sourceTrigger: z
    .object({ status: z.enum(['Enabled', 'Disabled'], { error: 'Enabled, Disabled' }) })
    .default({ status: 'Enabled' }),
});
const envelope = <T extends z.ZodRawShape>(properties: T) =>
  z.object({
    location: text('the name of a location').optional(),
    identity: identitySchema.optional(),
    properties: z.object({ ...commonShape, ...properties }, { error: `an object with ${Object.keys(properties)[0]}` }),
  });
const exportSchema = envelope({ target: endpointSchema });
const importSchema = envelope({ source: endpointSchema, trigger: triggerSchema.optional() });

/**
 * The pipeline that the body of a PUT describes. Checks form only, never storage or vault: the service makes pipelines
 * on accounts and vaults that do not exist. Throws 400.
 */
export function parsePipeline(
  type: PipelineType,
  body: unknown,
  apiVersion: string,
  previous: PipelineContent | undefined,
): PipelineContent {
  if (type === 'exportPipelines') {
    const parsed = parseBody(exportSchema, body);
    return content(parsed, toEndpoint(parsed.properties.target, 'properties.target', apiVersion), previous);
  }
  const parsed = parseBody(importSchema, body);
  const endpoint = toEndpoint(parsed.properties.source, 'properties.source', apiVersion);
  const sourceTrigger = parsed.properties.trigger?.sourceTrigger.status ?? 'Enabled';
  return { ...content(parsed, endpoint, previous), sourceTrigger };
}

function content(
  parsed: { location?: string; identity?: z.infer<typeof identitySchema>; properties: { options?: PipelineOption[] } },
  endpoint: StorageEndpoint,
  previous: PipelineContent | undefined,
): PipelineContent {
  const identity = assignIdentity(parsed.identity, previous?.identity);
  const { options } = parsed.properties;
  return {
    ...(parsed.location === undefined ? {} : { location: parsed.location.toUpperCase() }),
    ...(identity === undefined ? {} : { identity }),
    endpoint,
    ...(options === undefined ? {} : { options: [...new Set(options)] }),
  };
}

function toEndpoint(parsed: z.infer<typeof endpointSchema>, path: string, apiVersion: string): StorageEndpoint {
  // Older versions do not know the mode: what they are sent under that name is ignored, and a secret is required.
  const mode = hasAccessMode(apiVersion) ? parsed.storageAccessMode : 'SasToken';
  const base = { type: 'AzureStorageBlobContainer', uri: parsed.uri, storageAccessMode: mode };
  // A placeholder secret beside ManagedIdentity is accepted and dropped, as the vendor's own template sends one.
  if (mode === 'ManagedIdentity') return base;
  if (parsed.keyVaultUri === undefined) {
    const reason = hasAccessMode(apiVersion) ? 'required with storageAccessMode SasToken' : `required in ${apiVersion}`;
    throw badValue(`${path}.keyVaultUri`, undefined, `the URI of a Key Vault secret (${reason})`);
  }
  return { ...base, keyVaultUri: parsed.keyVaultUri };
}

/** The pipeline as ARM answers it in an api-version; its identity is of the tenant. */
export function formatPipeline(pipeline: PipelineRecord, apiVersion: string, tenantId: string) {
  const endpoint = formatEndpoint(pipeline.endpoint, apiVersion);
  const trigger = pipeline.sourceTrigger && { trigger: { sourceTrigger: { status: pipeline.sourceTrigger } } };
  return {
    type: `Microsoft.ContainerRegistry/registries/${pipeline.type}`,
    ...(pipeline.identity === undefined ? {} : { identity: formatIdentity(pipeline.identity, tenantId) }),
    id: pipeline.id,
    name: pipeline.name,
    ...(pipeline.location === undefined ? {} : { location: pipeline.location }),
    ...(hasSystemData(apiVersion) ? { systemData: pipeline.systemData } : {}),
    properties: {
      ...(pipeline.type === 'exportPipelines' ? { target: endpoint } : { source: endpoint, ...trigger }),
      ...(pipeline.options === undefined ? {} : { options: pipeline.options }),
      provisioningState: 'Succeeded',
    },
  };
}

/** A storage endpoint as ARM answers it: `storageAccessMode` only where the version has it. */
export function formatEndpoint(endpoint: StorageEndpoint, apiVersion: string): Partial<StorageEndpoint> {
  const { storageAccessMode, ...rest } = endpoint;
  return hasAccessMode(apiVersion) ? { ...rest, storageAccessMode } : rest;
}

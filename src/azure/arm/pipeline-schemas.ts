import { z } from 'zod';
import type { ExportPipeline, ImportPipeline, PipelineRun } from './pipeline-types.ts';

/*
 * Answers of ARM for pipelines and their runs, read loosely: the service leaves out what it likes, writes `null` or
 * other letter cases, and adds fields. Unknown values are carried on.
 */

const text = z
  .string()
  .nullish()
  .transform((value) => value || undefined);
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? undefined);

/** A text in the service's documented spelling where it is known, as received where not. */
function spelled(...known: string[]) {
  const spelling = new Map(known.map((value) => [value.toLowerCase(), value]));
  return (value: string): string => spelling.get(value.toLowerCase()) ?? value;
}
function oneOf(...known: string[]) {
  const spell = spelled(...known);
  return text.transform((value) => (value === undefined ? undefined : spell(value)));
}

const spellOption = spelled('OverwriteBlobs', 'OverwriteTags', 'DeleteSourceBlobOnSuccess', 'ContinueOnErrors');
const options = texts.transform((value) => value?.map(spellOption));
const provisioningState = oneOf('Creating', 'Updating', 'Deleting', 'Succeeded', 'Failed', 'Canceled');

function optionalObject<T extends z.ZodRawShape>(shape: T) {
  return z
    .looseObject(shape)
    .nullish()
    .transform((value) => value ?? undefined);
}

const location = {
  type: text,
  uri: text,
  keyVaultUri: text,
  storageAccessMode: oneOf('ManagedIdentity', 'SasToken'),
};
const identity = optionalObject({
  type: oneOf('SystemAssigned', 'UserAssigned', 'SystemAssigned, UserAssigned', 'None'),
  principalId: text,
  tenantId: text,
  userAssignedIdentities: z
    .record(z.string(), z.looseObject({ principalId: text, clientId: text }).nullable())
    .nullish()
    .transform((value) => value ?? undefined),
});
const envelope = { id: z.string(), name: z.string(), location: text, identity };

/** Reads an {@link ExportPipeline}. */
export const exportPipelineSchema: z.ZodType<ExportPipeline> = z.looseObject({
  ...envelope,
  properties: z.looseObject({ target: z.looseObject(location), options, provisioningState }),
});

/** Reads an {@link ImportPipeline}. */
export const importPipelineSchema: z.ZodType<ImportPipeline> = z.looseObject({
  ...envelope,
  properties: z.looseObject({
    source: z.looseObject(location),
    trigger: optionalObject({ sourceTrigger: optionalObject({ status: oneOf('Enabled', 'Disabled') }) }),
    options,
    provisioningState,
  }),
});

const blobName = optionalObject({ type: text, name: text });
const progress = optionalObject({
  percentage: z
    .union([z.string(), z.number()])
    .nullish()
    .transform((value) => (value === null || value === undefined ? undefined : String(value))),
});

/** Reads a {@link PipelineRun}. */
export const pipelineRunSchema: z.ZodType<PipelineRun> = z.looseObject({
  id: z.string(),
  name: z.string(),
  properties: z.looseObject({
    request: optionalObject({
      pipelineResourceId: text,
      artifacts: texts,
      source: blobName,
      target: blobName,
      catalogDigest: text,
    }),
    forceUpdateTag: text,
    response: optionalObject({
      status: oneOf('Running', 'Succeeded', 'Failed', 'Canceled'),
      progress,
      startTime: text,
      finishTime: text,
      catalogDigest: text,
      importedArtifacts: texts,
      pipelineRunErrorMessage: text,
      source: optionalObject(location),
      target: optionalObject(location),
      trigger: optionalObject({ sourceTrigger: optionalObject({ timestamp: text }) }),
    }),
    provisioningState,
  }),
});

/** Reads a registry; `properties` hold what is of interest. */
export const registrySchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  location: text,
  sku: z.looseObject({ name: oneOf('Basic', 'Standard', 'Premium') }),
  properties: z.looseObject({
    loginServer: z.string(),
    publicNetworkAccess: oneOf('Enabled', 'Disabled'),
    policies: optionalObject({ exportPolicy: optionalObject({ status: oneOf('enabled', 'disabled') }) }),
    provisioningState,
    roleAssignmentMode: oneOf('LegacyRegistryPermissions', 'AbacRepositoryPermissions'),
  }),
});

/** Reads the monitor of a long-running operation. */
export const operationSchema = z.looseObject({
  status: oneOf('Succeeded', 'Failed', 'Canceled', 'Running', 'InProgress', 'Creating', 'Updating'),
  error: optionalObject({ code: z.string().catch(''), message: z.string().catch('') }),
});

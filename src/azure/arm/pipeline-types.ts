/*
 * ACR Transfer's resources as ARM answers them. Enums are in the service's documented spelling, unknown values as
 * received; empty texts and `null` count as absent. Fields that are not named here are kept in the object.
 */

/** Where a pipeline writes to or reads from; in a run's answer `uri` is the blob's. */
export interface PipelineStore {
  type?: string | undefined;
  /** Of a pipeline: `https://{account}.blob.{suffix}/{container}`. */
  uri?: string | undefined;
  /** URI of the secret with the SAS token, with or without a version. Of no meaning with `ManagedIdentity`. */
  keyVaultUri?: string | undefined;
  /** `ManagedIdentity` or `SasToken`; absent means `SasToken`. */
  storageAccessMode?: string | undefined;
}

/** The pipeline's own identity, which is not the registry's. */
export interface PipelineIdentity {
  /** `SystemAssigned`, `UserAssigned`, both with `, ` between, or `None`. */
  type?: string | undefined;
  /** Of the system-assigned one. */
  principalId?: string | undefined;
  tenantId?: string | undefined;
  /** By resource id, in the letter case that its maker used. */
  userAssignedIdentities?:
    | Record<string, { principalId?: string | undefined; clientId?: string | undefined } | null>
    | undefined;
}

interface PipelineEnvelope {
  id: string;
  name: string;
  location?: string | undefined;
  identity?: PipelineIdentity | undefined;
}

interface PipelineSettings {
  /** `OverwriteBlobs`, `OverwriteTags`, `DeleteSourceBlobOnSuccess`, `ContinueOnErrors`. */
  options?: string[] | undefined;
  provisioningState?: string | undefined;
}

export interface ExportPipeline extends PipelineEnvelope {
  properties: PipelineSettings & { target: PipelineStore };
}

export interface ImportPipeline extends PipelineEnvelope {
  properties: PipelineSettings & {
    source: PipelineStore;
    /** `Enabled` or `Disabled`. */
    trigger?: { sourceTrigger?: { status?: string | undefined } | undefined } | undefined;
  };
}

/** What a run is to do: `artifacts` and `target` for an export, `source` for an import. */
export interface PipelineRunRequest {
  pipelineResourceId: string;
  /** At most 50 of `repository:tag` or `repository@digest`. */
  artifacts?: string[] | undefined;
  /** `type` is `AzureStorageBlob`, `name` the blob's in the pipeline's container. */
  target?: { type: string; name: string } | undefined;
  source?: { type: string; name: string } | undefined;
  catalogDigest?: string | undefined;
}

/** What became of a run so far. */
export interface PipelineRunResponse {
  /** `Running`, `Succeeded`, `Failed`, `Canceled`; whether the run has ended is said here. */
  status?: string | undefined;
  /** `"0"` to `"100"`. */
  progress?: { percentage?: string | undefined } | undefined;
  /** ISO 8601 with seven fractional digits and an offset. */
  startTime?: string | undefined;
  /** May be absent from a run that has ended. */
  finishTime?: string | undefined;
  catalogDigest?: string | undefined;
  importedArtifacts?: string[] | undefined;
  pipelineRunErrorMessage?: string | undefined;
  source?: PipelineStore | undefined;
  target?: PipelineStore | undefined;
  /** Of a run that the source trigger started: when its blob changed. */
  trigger?: { sourceTrigger?: { timestamp?: string | undefined } | undefined } | undefined;
}

/** A run. Nothing of `request` is sure to be echoed; `provisioningState` is independent of `response.status`. */
export interface PipelineRun {
  id: string;
  name: string;
  properties: {
    request?:
      | {
          pipelineResourceId?: string | undefined;
          artifacts?: string[] | undefined;
          source?: { type?: string | undefined; name?: string | undefined } | undefined;
          target?: { type?: string | undefined; name?: string | undefined } | undefined;
          catalogDigest?: string | undefined;
        }
      | undefined;
    forceUpdateTag?: string | undefined;
    response?: PipelineRunResponse | undefined;
    provisioningState?: string | undefined;
  };
}

/** A registry as far as transfers need it. */
export interface RegistryInfo {
  id: string;
  name: string;
  /** Host name. */
  loginServer: string;
  /** `Basic`, `Standard` or `Premium`; only Premium has pipelines. */
  sku: string;
  location?: string | undefined;
  /** `Enabled` or `Disabled`. */
  publicNetworkAccess?: string | undefined;
  /** `enabled` or `disabled`; a disabled one forbids export pipelines. */
  exportPolicy?: string | undefined;
  provisioningState?: string | undefined;
  /** `LegacyRegistryPermissions` or `AbacRepositoryPermissions`. */
  roleAssignmentMode?: string | undefined;
}

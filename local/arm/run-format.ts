import { hasSystemData } from './api-versions.ts';
import { type ArmBehavior, FIRST_STATUS_MS } from './behavior.ts';
import { formatEndpoint } from './pipeline-model.ts';
import type { RunRecord, RunState } from './run-model.ts';
import { formatServiceTime } from './times.ts';

/** How a run is to be shown. */
export interface RunView {
  behavior: ArmBehavior;
  apiVersion: string;
  /** Percent done as known now, 0 to 100. */
  percentage: number;
  /** Of the run's registry. */
  loginServer: string;
}

const GENERAL_TEXT = 'The pipeline run did not transfer all artifacts.';

/** The run as ARM answers it. */
export function formatRun(run: RunRecord, view: RunView) {
  const { behavior, apiVersion } = view;
  const { forceUpdateTag, systemData } = run;
  const request = formatRequest(run, behavior.echoOfRequest);
  return {
    id: run.id,
    name: run.name,
    type: 'Microsoft.ContainerRegistry/registries/pipelineRuns',
    ...(hasSystemData(apiVersion) ? { systemData } : {}),
    properties: {
      ...(request === undefined ? {} : { request }),
      ...(forceUpdateTag === undefined || behavior.echoOfTag === 'absent' ? {} : { forceUpdateTag }),
      response: formatResponse(run, view),
      provisioningState: provisioningStateOf(run.state, behavior),
    },
  };
}

/** The status monitor of a run's latest execution. */
export function formatOperation({ id, operationId, state }: RunRecord, behavior: ArmBehavior) {
  const { startTimeMs, finishTimeMs, error } = state;
  const status = behavior.monitorEnds === 'at once' ? 'Succeeded' : state.status;
  const message = error && errorTextOf(error.message, behavior);
  return {
    id: `${id}/operationStatuses/${operationId}`,
    name: operationId,
    status,
    startTime: formatServiceTime(startTimeMs),
    ...(finishTimeMs === undefined ? {} : { endTime: formatServiceTime(finishTimeMs) }),
    ...(status === 'Failed' && error ? { error: { code: error.code, message: message ?? GENERAL_TEXT } } : {}),
  };
}

function provisioningStateOf({ status }: RunState, { provisioningState }: ArmBehavior): string {
  if (status === 'Failed') return 'Failed';
  return status === 'Running' && provisioningState === 'follows status' ? 'Creating' : 'Succeeded';
}

function formatRequest({ request, pipeline }: RunRecord, echo: ArmBehavior['echoOfRequest']) {
  const blob = { type: 'AzureStorageBlob', name: request.blobName };
  const { pipelineResourceId, artifacts, catalogDigest } = request;
  if (echo === 'absent') return undefined;
  const asked = { pipelineResourceId, ...(artifacts === undefined ? {} : { artifacts }) };
  if (echo === 'partial') return asked;
  return {
    ...asked,
    ...(pipeline.type === 'exportPipelines' ? { target: blob } : { source: blob }),
    ...(catalogDigest === undefined ? {} : { catalogDigest }),
  };
}

function formatResponse(run: RunRecord, { behavior, apiVersion, percentage, loginServer }: RunView) {
  const { state, pipeline, request, triggeredByChangeAtMs: changedAtMs } = run;
  const uri = `${pipeline.endpoint.uri.replace(/\/+$/, '')}/${request.blobName}`;
  const blob = { ...formatEndpoint(pipeline.endpoint, apiVersion), type: 'AzureStorageBlob', uri };
  const { finishTimeMs, catalogDigest, error } = state;
  const importedArtifacts = formatImported(state, behavior.importedArtifacts, loginServer);
  const message = error && errorTextOf(error.message, behavior);
  return {
    status: statusOf(state, behavior),
    progress: { percentage: String(percentage) },
    startTime: formatServiceTime(state.startTimeMs),
    ...(finishTimeMs === undefined ? {} : { finishTime: formatServiceTime(finishTimeMs) }),
    ...(importedArtifacts === undefined ? {} : { importedArtifacts }),
    ...(pipeline.type === 'exportPipelines' ? { target: blob } : { source: blob }),
    ...(catalogDigest === undefined ? {} : { catalogDigest }),
    ...(changedAtMs === undefined ? {} : { trigger: { sourceTrigger: { timestamp: formatServiceTime(changedAtMs) } } }),
    ...(message === undefined ? {} : { pipelineRunErrorMessage: message }),
  };
}

function statusOf({ status, startTimeMs }: RunState, { firstStatus }: ArmBehavior): string {
  return status === 'Running' && Date.now() - startTimeMs < FIRST_STATUS_MS ? firstStatus : status;
}

function errorTextOf(text: string, { errorText }: ArmBehavior): string | undefined {
  if (errorText === 'absent') return undefined;
  return errorText === 'general' ? GENERAL_TEXT : text;
}

function formatImported(
  { importedArtifacts, importedDigests = [] }: RunState,
  form: ArmBehavior['importedArtifacts'],
  loginServer: string,
): string[] | undefined {
  if (form === 'absent') return undefined;
  return importedArtifacts?.map((reference, index) => {
    if (form === 'reference') return `${loginServer}/${reference}`;
    const digest = importedDigests[index];
    if (form === 'tag' || digest === undefined || reference.includes('@')) return reference;
    return `${reference.slice(0, reference.lastIndexOf(':'))}@${digest}`;
  });
}

import type { PipelineRun } from '../../azure/arm/pipelines.ts';

/** What tells a pipeline's runs from those of others. */
export interface PipelinePlace {
  /** Resource id. */
  id: string;
  /** URL of its container. */
  container: string;
}

/**
 * Whether a run is one of the pipeline: by the pipeline that it names or, where the service does not echo its request, by
 * the container of its blob. `undefined` when it tells neither.
 */
export function isRunOf({ properties }: PipelineRun, { id, container }: PipelinePlace): boolean | undefined {
  const named = properties.request?.pipelineResourceId;
  if (named !== undefined) return named.toLowerCase() === id.toLowerCase();
  const uri = blobUriOf(properties);
  return uri === undefined ? undefined : uri.toLowerCase().startsWith(prefixOf(container).toLowerCase());
}

/** Whether a run of the pipeline reads or writes the blob of that name, folders included. */
export function isRunOnBlob({ properties }: PipelineRun, container: string, blob: string): boolean {
  const named = properties.request?.source?.name ?? properties.request?.target?.name;
  if (named !== undefined) return named === blob;
  const name = blobUriOf(properties)?.slice(prefixOf(container).length);
  return name !== undefined && (name === blob || decode(name) === blob);
}

/** The name of a run's blob as the service most likely means it; `undefined` where it does not say. */
export function blobOfRun({ properties }: PipelineRun, container: string): string | undefined {
  const named = properties.request?.source?.name ?? properties.request?.target?.name;
  const name = blobUriOf(properties)?.slice(prefixOf(container).length);
  return named ?? (name && decode(name));
}

function blobUriOf({ response }: PipelineRun['properties']): string | undefined {
  return response?.source?.uri ?? response?.target?.uri;
}

function prefixOf(container: string): string {
  return `${container.replace(/\/+$/, '')}/`;
}

/** It is not documented whether the service encodes the name in its URI; a name may hold a bare `%`. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What the PUT of an export run asks for: artifacts as `repository:tag` or `repository@digest`, into a blob. */
export function exportRequest(pipelineResourceId: string, blob: string, artifacts: string[]) {
  return { pipelineResourceId, target: { type: 'AzureStorageBlob' as const, name: blob }, artifacts };
}

/** What the PUT of an import run asks for: a blob, and where it is known what its export said that it holds. */
export function importRequest(pipelineResourceId: string, blob: string, catalogDigest: string | null) {
  return {
    pipelineResourceId,
    source: { type: 'AzureStorageBlob' as const, name: blob },
    ...(catalogDigest ? { catalogDigest } : {}),
  };
}

import type { BlockBlobClient } from '@azure/storage-blob';
import { planArchive } from '../../src/oci/archive/plan.ts';
import { readArchiveRange } from '../../src/oci/archive/write.ts';
import type { RegistryClient } from '../../src/oci/registry-client.ts';
import { HEADER_BYTES, TRAILER_BYTES, wrapArchive } from './archive-wrapper.ts';
import { isWrittenBy, writeBlob } from './blob-writer.ts';
import { failureOf, RunFailure } from './run-failure.ts';
import { parseRunArtifact, type RunRecord } from './run-model.ts';
import type { RunResult } from './runner.ts';
import { storageErrorCode, toStorageFailure } from './storage-failure.ts';

/** What a run works on: the registry's data plane and the blob of its request. */
export interface RunTools<Blob> {
  registry: RegistryClient;
  blob: Blob;
  signal: AbortSignal;
  onProgress: (fraction: number) => void;
}

/**
 * Writes the run's artifacts, as the registry has them now, into one archive. With ContinueOnErrors what cannot be
 * exported is left out and named in the message; when that is everything, or without the option, it throws.
 */
export async function executeExport(run: RunRecord, tools: RunTools<BlockBlobClient>): Promise<RunResult> {
  const options = new Set(run.pipeline.options);
  const overwrite = options.has('OverwriteBlobs') || (await isOwnBlob(run, tools));
  const plan = await planExport(run, tools.registry, options.has('ContinueOnErrors'));
  const totalBytes = plan.lengthBytes + HEADER_BYTES + TRAILER_BYTES;
  let catalogDigest = '';
  const wrapped = wrapArchive(readArchiveRange(plan, tools.registry), (digest) => {
    catalogDigest = digest;
  });
  await writeBlob(tools.blob, wrapped, {
    overwrite,
    writerId: run.operationId,
    signal: tools.signal,
    onProgress: (writtenBytes) => tools.onProgress(writtenBytes / totalBytes),
  });
  const missing = plan.failures.map(({ artifact, error }) => `${nameOf(artifact)}: ${failureOf(error).message}`);
  return { catalogDigest, ...(missing.length === 0 ? {} : { message: `Not exported: ${missing.join('; ')}` }) };
}

async function planExport(run: RunRecord, registry: RegistryClient, continueOnErrors: boolean) {
  const artifacts = (run.request.artifacts ?? []).map(parseRunArtifact);
  const plan = await planArchive(registry, artifacts, { onError: continueOnErrors ? 'skip' : 'throw' }).catch(
    (error) => {
      throw new RunFailure('ArtifactExportFailed', `Failed to export artifacts. ${failureOf(error).message}`, error);
    },
  );
  if (plan.artifacts.length > 0) return plan;
  const reasons = plan.failures.map(({ artifact, error }) => `${nameOf(artifact)}: ${failureOf(error).message}`);
  throw new RunFailure('ArtifactExportFailed', `Failed to export artifacts. None was exported: ${reasons.join('; ')}`);
}

/** Whether this very run wrote the blob before it was interrupted; false when there is none. Throws for another's. */
async function isOwnBlob(run: RunRecord, { blob, signal }: RunTools<BlockBlobClient>): Promise<boolean> {
  try {
    await blob.getProperties({ abortSignal: signal });
  } catch (error) {
    if (storageErrorCode(error) === 'BlobNotFound') return false;
    throw toStorageFailure(error);
  }
  if (await isWrittenBy(blob, run.operationId, signal)) return true;
  const name = run.request.blobName;
  const message = `The blob '${name}' already exists, and the export pipeline does not have the option OverwriteBlobs.`;
  throw new RunFailure('BlobAlreadyExists', message);
}

function nameOf({ repository, tag, digest }: { repository: string; tag?: string; digest?: string }): string {
  return tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
}

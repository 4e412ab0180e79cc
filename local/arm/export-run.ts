import type { BlockBlobClient } from '@azure/storage-blob';
import { planArchive } from '../../src/oci/archive/plan.ts';
import { readArchiveRange } from '../../src/oci/archive/write.ts';
import type { RegistryClient } from '../../src/oci/registry-client.ts';
import { HEADER_BYTES, TRAILER_BYTES, wrapArchive } from './archive-wrapper.ts';
import type { ArmBehavior } from './behavior.ts';
import { isWrittenBy, writeBlob } from './blob-writer.ts';
import { withLayerLimit } from './layer-limit.ts';
import { failureOf, RunFailure } from './run-failure.ts';
import { checkArtifacts, parseRunArtifact, type RunRecord } from './run-model.ts';
import type { RunResult } from './runner.ts';
import { storageErrorCode, toStorageFailure } from './storage-failure.ts';

/** What a run works on: the registry's data plane and the blob of its request. */
export interface RunTools<Blob> {
  registry: RegistryClient;
  blob: Blob;
  signal: AbortSignal;
  onProgress: (fraction: number) => void;
  behavior: ArmBehavior;
  maxLayerBytes: number;
}

/**
 * Writes the run's artifacts, as the registry has them now, into one archive. With ContinueOnErrors what cannot be
 * exported is left out and named in the message; when that is everything, or without the option, it throws.
 */
export async function executeExport(run: RunRecord, tools: RunTools<BlockBlobClient>): Promise<RunResult> {
  checkArtifacts(run.request.artifacts);
  const options = new Set(run.pipeline.options);
  const found = options.has('OverwriteBlobs') ? 'none' : await findBlob(run, tools);
  if (found === 'foreign' && tools.behavior.existingBlob === 'skipped') return {};
  if (found === 'foreign') throw blobExists(run.request.blobName);
  const plan = await planExport(run, tools, options.has('ContinueOnErrors'));
  const totalBytes = plan.lengthBytes + HEADER_BYTES + TRAILER_BYTES;
  let catalogDigest = '';
  const wrapped = wrapArchive(readArchiveRange(plan, tools.registry), (digest) => {
    catalogDigest = digest;
  });
  await writeBlob(tools.blob, wrapped, {
    overwrite: options.has('OverwriteBlobs') || found === 'own',
    writerId: run.operationId,
    signal: tools.signal,
    onProgress: (writtenBytes) => tools.onProgress(writtenBytes / totalBytes),
  });
  const missing = plan.failures.map(({ artifact, error }) => `${nameOf(artifact)}: ${failureOf(error).message}`);
  if (missing.length === 0) return { catalogDigest };
  return { catalogDigest, message: `Not exported: ${missing.join('; ')}`, isPartial: true };
}

async function planExport(run: RunRecord, tools: RunTools<BlockBlobClient>, continueOnErrors: boolean) {
  const source = withLayerLimit(tools.registry, tools.maxLayerBytes);
  const artifacts = (run.request.artifacts ?? []).map(parseRunArtifact);
  const plan = await planArchive(source, artifacts, { onError: continueOnErrors ? 'skip' : 'throw' }).catch((error) => {
    throw new RunFailure('ArtifactExportFailed', `Failed to export artifacts. ${failureOf(error).message}`, error);
  });
  if (plan.artifacts.length > 0) return plan;
  const reasons = plan.failures.map(({ artifact, error }) => `${nameOf(artifact)}: ${failureOf(error).message}`);
  throw new RunFailure('ArtifactExportFailed', `Failed to export artifacts. None was exported: ${reasons.join('; ')}`);
}

/** What is under the name of the run's blob: nothing, what this very run wrote before it was interrupted, or another's. */
async function findBlob(
  run: RunRecord,
  { blob, signal }: RunTools<BlockBlobClient>,
): Promise<'none' | 'own' | 'foreign'> {
  try {
    await blob.getProperties({ abortSignal: signal });
  } catch (error) {
    if (storageErrorCode(error) === 'BlobNotFound') return 'none';
    throw toStorageFailure(error);
  }
  return (await isWrittenBy(blob, run.operationId, signal)) ? 'own' : 'foreign';
}

function blobExists(name: string): RunFailure {
  const message = `The blob '${name}' already exists, and the export pipeline does not have the option OverwriteBlobs.`;
  return new RunFailure('BlobAlreadyExists', message);
}

function nameOf({ repository, tag, digest }: { repository: string; tag?: string; digest?: string }): string {
  return tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
}

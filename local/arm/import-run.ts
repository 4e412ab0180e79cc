import type { BlobClient } from '@azure/storage-blob';
import { importArchive } from '../../src/oci/archive/import.ts';
import { type Archive, openArchive } from '../../src/oci/archive/read.ts';
import type { RegistryClient } from '../../src/oci/registry-client.ts';
import { ForeignArchiveError, unwrapArchive } from './archive-wrapper.ts';
import { openBlob } from './blob-reader.ts';
import type { RunTools } from './export-run.ts';
import { failureOf, RunFailure } from './run-failure.ts';
import type { RunRecord } from './run-model.ts';
import type { RunResult } from './runner.ts';
import { toStorageFailure } from './storage-failure.ts';

/**
 * Brings the artifacts of an archive into the registry. With ContinueOnErrors what cannot be imported is named in the
 * message; when that is everything, or without the option, it throws. The blob is deleted, where the pipeline says so,
 * only after every artifact arrived.
 */
export async function executeImport(run: RunRecord, tools: RunTools<BlobClient>): Promise<RunResult> {
  const options = new Set(run.pipeline.options);
  const source = await openSource(run, tools);
  const continueOnErrors = options.has('ContinueOnErrors');
  const overwriteTags = options.has('OverwriteTags');
  const archive = await openArchive(source);
  const skipsTags = !overwriteTags && tools.behavior.existingTag === 'skipped';
  const artifacts = skipsTags ? await withoutTaken(archive.artifacts, tools.registry) : archive.artifacts;
  const { imported, failures } = await importArchive({ ...archive, artifacts }, tools.registry, {
    overwriteTags,
    continueOnErrors,
    signal: tools.signal,
    onProgress: (doneBytes, totalBytes) => tools.onProgress(totalBytes === 0 ? 1 : doneBytes / totalBytes),
  });
  const reasons = failures.map(({ reference, error }) => `${reference}: ${failureOf(error).message}`);
  if (reasons.length > 0 && !(continueOnErrors && imported.length > 0)) throw failed(reasons.join('; '));
  const result = {
    importedArtifacts: imported.map(({ reference }) => reference),
    importedDigests: imported.map(({ digest }) => digest),
    catalogDigest: source.catalogDigest,
  };
  if (reasons.length > 0) return { ...result, message: `Not imported: ${reasons.join('; ')}`, isPartial: true };
  const message = options.has('DeleteSourceBlobOnSuccess') ? await deleteSource(source.etag, tools) : undefined;
  return { ...result, ...(message === undefined ? {} : { message }) };
}

async function openSource(run: RunRecord, { blob, signal, behavior }: RunTools<BlobClient>) {
  const { blobName, catalogDigest: expected } = run.request;
  const reader = await openBlob(blob, signal);
  const source = await unwrapArchive(reader).catch((error) => {
    if (!(error instanceof ForeignArchiveError)) throw error;
    throw new RunFailure(
      'InvalidArchive',
      `Failed to read the archive. The blob '${blobName}' ${error.message}.`,
      error,
    );
  });
  const isChecked = expected !== undefined && behavior.wrongCatalogDigest === 'fails';
  if (isChecked && expected.toLowerCase() !== source.catalogDigest) {
    const found = `has the digest ${source.catalogDigest}, expected was ${expected}`;
    throw new RunFailure('CatalogDigestMismatch', `Failed to read the archive. The blob '${blobName}' ${found}.`);
  }
  return { ...source, etag: reader.etag };
}

/** The artifacts whose tag is free, or has their digest. */
async function withoutTaken(artifacts: Archive['artifacts'], registry: RegistryClient): Promise<Archive['artifacts']> {
  const kept: Archive['artifacts'] = [];
  for (const artifact of artifacts) {
    const found = artifact.tag === undefined ? undefined : await registry.resolve(artifact.repository, artifact.tag);
    if (found === undefined || found.digest === artifact.descriptor.digest) kept.push(artifact);
  }
  return kept;
}

/** The artifacts have arrived: that the blob stays is worth a message, and no failure. */
async function deleteSource(etag: string, { blob, signal }: RunTools<BlobClient>): Promise<string | undefined> {
  try {
    await blob.deleteIfExists({ abortSignal: signal, conditions: { ifMatch: etag } });
    return undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    return `The source blob was not deleted. ${failureOf(toStorageFailure(error)).message}`;
  }
}

function failed(reason: string): RunFailure {
  return new RunFailure('ArtifactImportFailed', `Failed to import artifacts. ${reason}`);
}

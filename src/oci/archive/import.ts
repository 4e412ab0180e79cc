import type { TransferError } from '../../domain/errors.ts';
import { asTransferError } from '../as-transfer-error.ts';
import type { Descriptor } from '../descriptor.ts';
import { isIndex } from '../manifest.ts';
import { mapBounded } from '../parallel.ts';
import type { RegistryClient } from '../registry-client.ts';
import { BlobImporter, type BlobTarget } from './blob-importer.ts';
import { type ArtifactContent, createManifestBudget, type LoadedManifest } from './content.ts';
import { examineArtifact, referenceOf, tagExistsError } from './examine.ts';
import { ImportProgress } from './import-progress.ts';
import type { Archive } from './read.ts';

/** How to import. `onProgress` gets blob bytes, done and in all, as often as a chunk goes out. */
export interface ImportOptions {
  overwriteTags: boolean;
  continueOnErrors: boolean;
  signal?: AbortSignal;
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** What became of the artifacts; one that is in neither list was not tried, because the import stopped. */
export interface ImportResult {
  imported: { reference: string; digest: string }[];
  failures: { reference: string; error: TransferError }[];
}

/** The part of a registry client that archives are imported with. */
export type ImportTarget = BlobTarget & Pick<RegistryClient, 'resolve' | 'putManifest'>;

type Artifact = Archive['artifacts'][number];
type Outcome<T> = { artifact: Artifact; result: T } | { artifact: Artifact; error: TransferError };

const CONCURRENCY = 4;

/**
 * Imports all artifacts of an archive: blobs first, then child manifests, the artifact's own manifest last, by tag (by
 * digest where it has none); so nothing is tagged unless all below it arrived and was verified. Before a byte moves every
 * manifest is read and every tag looked up: what is there already counts as imported without another request, a tag with
 * another digest is a failure (`conflict`, `TAG_EXISTS`) unless `overwriteTags`. Without `continueOnErrors` a failure
 * found so far ends the import before it starts, and a later one keeps further artifacts from starting; what was started
 * settles. Rejects with the signal's reason once that is aborted. Doing it again does no harm.
 */
export async function importArchive(
  archive: Archive,
  target: ImportTarget,
  options: ImportOptions,
): Promise<ImportResult> {
  const budget = createManifestBudget();
  const found = await attemptAll(archive.artifacts, { ...options, continueOnErrors: true }, async (artifact) =>
    (await isPresent(target, artifact, options.overwriteTags)) ? undefined : examineArtifact(archive, artifact, budget),
  );
  if (!options.continueOnErrors && found.some((outcome) => 'error' in outcome))
    return resultOf(found.filter(isSettled));
  const progress = new ImportProgress(options.onProgress);
  const contents = new Map<Artifact, ArtifactContent>();
  for (const outcome of found) {
    if (!('result' in outcome) || outcome.result === undefined) continue;
    contents.set(outcome.artifact, outcome.result);
    for (const blob of outcome.result.blobs) progress.expect(outcome.artifact.repository, blob);
  }
  const importer = new BlobImporter(archive, target, progress, options.signal);
  const done = await attemptAll([...contents.keys()], options, (artifact) =>
    importArtifact(importer, target, artifact, contents.get(artifact), options.signal),
  );
  return resultOf([...found.filter(isSettled), ...done]);
}

/** True for an outcome of the first look that leaves nothing to import: a failure, or an artifact that is there. */
function isSettled(outcome: Outcome<ArtifactContent | undefined>): boolean {
  return 'error' in outcome || outcome.result === undefined;
}

/** Tries every artifact, some at once; one that was not started, because another failed, is left out. */
async function attemptAll<T>(
  artifacts: readonly Artifact[],
  { continueOnErrors, signal }: Pick<ImportOptions, 'continueOnErrors' | 'signal'>,
  task: (artifact: Artifact) => Promise<T>,
): Promise<Outcome<T>[]> {
  let isStopped = false;
  const outcomes = await mapBounded(artifacts, CONCURRENCY, async (artifact): Promise<Outcome<T> | undefined> => {
    signal?.throwIfAborted();
    if (isStopped) return undefined;
    try {
      return { artifact, result: await task(artifact) };
    } catch (error) {
      signal?.throwIfAborted();
      isStopped = !continueOnErrors;
      return { artifact, error: asTransferError(error) };
    }
  });
  return outcomes.filter((outcome) => outcome !== undefined);
}

/** True when the target has the artifact under its name already; throws `TAG_EXISTS` for a tag that may not move. */
async function isPresent(target: ImportTarget, artifact: Artifact, overwriteTags: boolean): Promise<boolean> {
  const { repository, tag, descriptor } = artifact;
  const there = await target.resolve(repository, tag ?? descriptor.digest);
  if (there === undefined) return false;
  if (there.digest === descriptor.digest) return true;
  if (overwriteTags) return false;
  throw tagExistsError(referenceOf(artifact), there.digest, descriptor.digest);
}

async function importArtifact(
  importer: BlobImporter,
  target: ImportTarget,
  artifact: Artifact,
  content: ArtifactContent | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { repository, tag, descriptor } = artifact;
  const manifests = content?.manifests ?? [];
  await settleAll((content?.blobs ?? []).map((blob: Descriptor) => importer.bring(repository, blob)));
  const put = async (manifest: LoadedManifest, reference: string) => {
    signal?.throwIfAborted();
    await target.putManifest(repository, reference, manifest.descriptor.mediaType, manifest.bytes);
  };
  const below = manifests.slice(0, -1);
  const leaves = below.filter((manifest) => !isIndex(manifest.descriptor.mediaType));
  await mapBounded(leaves, CONCURRENCY, (manifest) => put(manifest, manifest.descriptor.digest));
  // Children come before parents in the list, so each index finds its own in place.
  for (const manifest of below) if (!leaves.includes(manifest)) await put(manifest, manifest.descriptor.digest);
  for (const top of manifests.slice(-1)) await put(top, tag ?? descriptor.digest);
}

/** Waits for all, also after a failure, so that nothing goes on behind the caller's back; throws the first failure. */
async function settleAll(tasks: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(tasks)).find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Outcomes as lists: first what was settled without importing, then what was imported, each in the archive's order. */
function resultOf(outcomes: readonly Outcome<unknown>[]): ImportResult {
  const result: ImportResult = { imported: [], failures: [] };
  for (const outcome of outcomes) {
    const reference = referenceOf(outcome.artifact);
    if ('error' in outcome) result.failures.push({ reference, error: outcome.error });
    else result.imported.push({ reference, digest: outcome.artifact.descriptor.digest });
  }
  return result;
}

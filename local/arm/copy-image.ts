import { type ArtifactContent, collectContent, createManifestBudget } from '../../src/oci/archive/content.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { isForeignLayer } from '../../src/oci/media-types.ts';
import { mapBounded } from '../../src/oci/parallel.ts';
import type { RegistryClient } from '../../src/oci/registry-client.ts';
import type { ImageTarget } from './image-import-model.ts';
import { RunFailure } from './run-failure.ts';

/** Manifests that an imported image may have, its own included (https://learn.microsoft.com/azure/container-registry/container-registry-import-images#limitations). */
export const MAX_IMAGE_MANIFESTS = 50;
const CONCURRENCY = 4;

/** What is copied from where to where. */
export interface ImageCopy {
  source: RegistryClient;
  repository: string;
  /** Tag or digest. */
  reference: string;
  target: RegistryClient;
  targets: readonly ImageTarget[];
  isForced: boolean;
}

/** Copies an image; throws to fail the import, a `RunFailure` `Conflict` for a tag that is there. */
export type CopyImage = (copy: ImageCopy, signal: AbortSignal) => Promise<void>;

/**
 * Copies an image with all below it, bytes unchanged: blobs, then child manifests, then its own, by each tag. Unless it
 * is forced, a tag that is there, whatever its digest, fails it before anything else is looked at.
 */
export const copyImage: CopyImage = async (copy, signal) => {
  const { source, repository, reference, target, targets } = copy;
  if (!copy.isForced) await refuseTaken(target, targets);
  const top = await source.fetchManifest(repository, reference);
  const load = async ({ digest }: Descriptor) => (await source.fetchManifest(repository, digest)).bytes;
  const content = await collectContent(top, load, createManifestBudget());
  if (content.manifests.length > MAX_IMAGE_MANIFESTS) throw tooManyManifests(content.manifests.length);
  for (const into of new Set(targets.map((one) => one.repository))) await bring(copy, into, content, signal);
  const { mediaType, digest } = top.descriptor;
  for (const { repository: into, tag = digest } of targets) await target.putManifest(into, tag, mediaType, top.bytes);
};

async function refuseTaken(target: RegistryClient, targets: readonly ImageTarget[]): Promise<void> {
  for (const { repository, tag } of targets) {
    if (tag === undefined || (await target.resolve(repository, tag)) === undefined) continue;
    throw new RunFailure('Conflict', `Tag ${repository}:${tag} already exists in target registry.`);
  }
}

/** Blobs and child manifests. A foreign layer that the source does not hold need not be in the target either. */
async function bring(copy: ImageCopy, into: string, content: ArtifactContent, signal: AbortSignal): Promise<void> {
  const { source, repository, target } = copy;
  await mapBounded(content.blobs, CONCURRENCY, async (blob) => {
    signal.throwIfAborted();
    if (isForeignLayer(blob.mediaType) && !(await source.hasBlob(repository, blob.digest))) return;
    await target.uploadBlob(into, blob, () => source.readBlob(repository, blob));
  });
  for (const { descriptor, bytes } of content.manifests.slice(0, -1)) {
    await target.putManifest(into, descriptor.digest, descriptor.mediaType, bytes);
  }
}

function tooManyManifests(found: number): RunFailure {
  return new RunFailure('TooManyManifests', `The image has ${found} manifests, allowed are ${MAX_IMAGE_MANIFESTS}.`);
}

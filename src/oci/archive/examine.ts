import { TransferError } from '../../domain/errors.ts';
import type { Descriptor } from '../descriptor.ts';
import { MAX_MANIFEST_BYTES } from '../manifest.ts';
import { isForeignLayer } from '../media-types.ts';
import { formatReference } from '../names.ts';
import { archiveError } from './archive-error.ts';
import { type ArtifactContent, collectContent, type ManifestBudget } from './content.ts';
import { foreignLayerError } from './foreign-layer.ts';
import { type Archive, requireBlob } from './read.ts';

/** How an artifact of an archive is named in results and messages: `repository:tag`, or `repository@digest` untagged. */
export function referenceOf({ repository, tag, descriptor }: Archive['artifacts'][number]): string {
  return formatReference(repository, tag ?? descriptor.digest);
}

/**
 * All that an artifact of an archive is made of, its manifests read and verified, its blobs found to be there with the
 * sizes stated; no blob is read. Throws class `artifact`: `BLOB_UNKNOWN`, `SIZE_MISMATCH`, `DIGEST_MISMATCH`,
 * `FOREIGN_LAYER` for a foreign layer that the archive does not hold, and as `collectContent` does.
 */
export async function examineArtifact(
  archive: Archive,
  artifact: Archive['artifacts'][number],
  budget: ManifestBudget,
): Promise<ArtifactContent> {
  const reference = referenceOf(artifact);
  const load = (descriptor: Descriptor) => loadManifest(archive, descriptor);
  const top = { descriptor: artifact.descriptor, bytes: await load(artifact.descriptor) };
  const content = await collectContent(top, load, budget);
  for (const blob of content.blobs) {
    if (!archive.blobs.has(blob.digest) && isForeignLayer(blob.mediaType)) throw foreignLayerError(reference, blob);
    requireBlob(archive.blobs, blob);
  }
  return content;
}

async function loadManifest(archive: Archive, descriptor: Descriptor): Promise<Buffer> {
  requireBlob(archive.blobs, descriptor);
  if (descriptor.size > MAX_MANIFEST_BYTES) {
    throw archiveError(
      `Manifest ${descriptor.digest} has ${descriptor.size} bytes; allowed are ${MAX_MANIFEST_BYTES}`,
      'MANIFEST_TOO_LARGE',
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive.readBlob(descriptor.digest)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The refusal to move a tag that exists: class `conflict`, code `TAG_EXISTS`. */
export function tagExistsError(reference: string, foundDigest: string, wantedDigest: string): TransferError {
  return new TransferError(
    `Tag ${reference} exists with ${foundDigest}, the archive has ${wantedDigest}; allowed is a tag that is free, ` +
      'or overwriting tags',
    { class: 'conflict', code: 'TAG_EXISTS' },
  );
}

import type { TransferError } from '../../domain/errors.ts';
import { asTransferError } from '../as-transfer-error.ts';
import type { Descriptor } from '../descriptor.ts';
import { formatReference, requireReference, requireRepository } from '../names.ts';
import { mapBounded } from '../parallel.ts';
import type { RegistryClient } from '../registry-client.ts';
import { type ArtifactContent, collectContent, createManifestBudget, requireOneSize } from './content.ts';
import { findForeignLayer, foreignLayerError } from './foreign-layer.ts';
import { blobPath, formatIndex, formatLayout, INDEX_PATH, LAYOUT_PATH } from './layout.ts';
import { BLOCK_BYTES, formatFileHeader, paddingBytes } from './tar-header.ts';

/** What to put into an archive. With both tag and digest, the digest is what is read and the tag the name it gets. */
export interface ArchiveArtifact {
  repository: string;
  tag?: string;
  digest?: string;
}

/** Where an entry's bytes come from: the plan itself, or a registry blob. */
export type EntryContent = { kind: 'bytes'; bytes: Uint8Array } | { kind: 'blob'; repository: string; digest: string };

/** One file of the archive: its header starts at byte `offset`, its content of `sizeBytes` at byte `dataOffset`. */
export interface ArchiveEntry {
  path: string;
  offset: number;
  dataOffset: number;
  sizeBytes: number;
  content: EntryContent;
}

/** An archive to be: every entry and the whole length known, no blob read yet. */
export interface ArchivePlan {
  artifacts: { artifact: ArchiveArtifact; descriptor: Descriptor }[];
  entries: ArchiveEntry[];
  lengthBytes: number;
}

/** An artifact that is not in the plan, and why. */
export interface PlanFailure {
  artifact: ArchiveArtifact;
  error: TransferError;
}

type ManifestSource = Pick<RegistryClient, 'fetchManifest'>;
type Collected = { artifact: ArchiveArtifact; descriptor: Descriptor; content: ArtifactContent };

/** The two blocks of zeros at the end of every archive, in bytes. */
export const TRAILER_BYTES = 2 * BLOCK_BYTES;
const CONCURRENCY = 8;

/**
 * Plans an archive from the artifacts' manifests, without reading a blob. The same artifacts, named by digest, give the
 * same plan, byte for byte, wherever it is made. A blob or manifest that several artifacts share is there once. An
 * artifact that cannot be had (missing, unsupported, a foreign layer, sizes that contradict each other) is thrown, or with
 * `onError: 'skip'` left out and told in `failures`. Signatures and other referrers of an artifact are artifacts of
 * their own.
 */
export async function planArchive(
  source: ManifestSource,
  artifacts: readonly ArchiveArtifact[],
  { onError = 'throw' }: { onError?: 'throw' | 'skip' } = {},
): Promise<ArchivePlan & { failures: PlanFailure[] }> {
  const budget = createManifestBudget();
  const failures: PlanFailure[] = [];
  const results = await mapBounded(artifacts, CONCURRENCY, async (artifact) => {
    try {
      return await collect(source, artifact, budget);
    } catch (error) {
      if (onError === 'throw') throw error;
      return { artifact, error: asTransferError(error) };
    }
  });
  const layout = new PlannedBlobs();
  const planned: Collected[] = [];
  for (const result of results) {
    const error = 'error' in result ? result.error : layout.add(result);
    if (error === undefined && !('error' in result)) planned.push(result);
    else if (error !== undefined && onError === 'throw') throw error;
    else if (error !== undefined) failures.push({ artifact: result.artifact, error });
  }
  return { ...layOut(planned, layout), failures };
}

async function collect(
  source: ManifestSource,
  artifact: ArchiveArtifact,
  budget: ReturnType<typeof createManifestBudget>,
): Promise<Collected> {
  const repository = requireRepository(artifact.repository);
  const reference = requireReference(artifact.digest ?? artifact.tag ?? '');
  if (artifact.tag !== undefined) requireReference(artifact.tag);
  const top = await source.fetchManifest(repository, reference);
  const load = async (child: Descriptor) => (await source.fetchManifest(repository, child.digest)).bytes;
  const content = await collectContent(top, load, budget);
  const foreign = findForeignLayer(content.blobs);
  if (foreign !== undefined) throw foreignLayerError(formatReference(repository, reference), foreign);
  return { artifact, descriptor: top.descriptor, content };
}

/** The manifests and blobs of the archive, each digest once, in the order of the artifacts. */
class PlannedBlobs {
  readonly manifests = new Map<string, EntryContent & { sizeBytes: number }>();
  readonly blobs = new Map<string, EntryContent & { sizeBytes: number }>();
  #sizes = new Map<string, number>();

  /** Adds all of an artifact, or nothing and the reason: a size that contradicts what is there already. */
  add({ artifact, content }: Collected): TransferError | undefined {
    const descriptors = [...content.manifests.map(({ descriptor }) => descriptor), ...content.blobs];
    const sizes = new Map(this.#sizes);
    try {
      for (const descriptor of descriptors) requireOneSize(sizes, descriptor);
    } catch (error) {
      return asTransferError(error);
    }
    this.#sizes = sizes;
    for (const { descriptor, bytes } of content.manifests) {
      this.blobs.delete(descriptor.digest);
      this.manifests.set(descriptor.digest, { kind: 'bytes', bytes, sizeBytes: bytes.length });
    }
    const { repository } = artifact;
    for (const { digest, size } of content.blobs) {
      if (this.manifests.has(digest) || this.blobs.has(digest)) continue;
      this.blobs.set(digest, { kind: 'blob', repository, digest, sizeBytes: size });
    }
    return undefined;
  }
}

function nameOf({ repository, tag }: ArchiveArtifact): { repository: string; tag?: string } {
  return tag === undefined ? { repository } : { repository, tag };
}

/** The files in order: what names the artifacts first, then manifests, then blobs, so that a reader opens it quickly. */
function layOut(planned: readonly Collected[], { manifests, blobs }: PlannedBlobs): ArchivePlan {
  const index = formatIndex(planned.map(({ artifact, descriptor }) => ({ ...nameOf(artifact), descriptor })));
  const entries: ArchiveEntry[] = [];
  let offset = 0;
  function append(path: string, sizeBytes: number, content: EntryContent): void {
    const dataOffset = offset + formatFileHeader(path, sizeBytes).length;
    entries.push({ path, offset, dataOffset, sizeBytes, content });
    offset = dataOffset + sizeBytes + paddingBytes(sizeBytes);
  }
  const layoutBytes = formatLayout();
  append(LAYOUT_PATH, layoutBytes.length, { kind: 'bytes', bytes: layoutBytes });
  append(INDEX_PATH, index.length, { kind: 'bytes', bytes: index });
  for (const [digest, { sizeBytes, ...content }] of [...manifests, ...blobs])
    append(blobPath(digest), sizeBytes, content);
  const artifacts = planned.map(({ artifact, descriptor }) => ({ artifact, descriptor }));
  return { artifacts, entries, lengthBytes: offset + TRAILER_BYTES };
}

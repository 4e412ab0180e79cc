import type { Descriptor } from '../descriptor.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../manifest.ts';
import { sizeMismatch } from '../verified.ts';
import { archiveError } from './archive-error.ts';

/** A manifest in memory, verified. */
export interface LoadedManifest {
  descriptor: Descriptor;
  bytes: Uint8Array;
}

/** All that an artifact is made of: its manifests, children before parents and its own last, and its distinct blobs. */
export interface ArtifactContent {
  manifests: LoadedManifest[];
  blobs: Descriptor[];
}

/** What manifests may take up in memory together, in bytes; shared by all that are loaded for one purpose. */
export interface ManifestBudget {
  leftBytes: number;
}

/** A fresh budget: 64 MiB, far beyond the manifests of any 50 real artifacts. */
export function createManifestBudget(leftBytes = 64 * 1024 * 1024): ManifestBudget {
  return { leftBytes };
}

const MAX_DEPTH = 8;

/**
 * Everything below a manifest, found by reading the manifests that its indexes refer to. Each digest comes once. Throws
 * class `artifact`: `SIZE_MISMATCH` where two places state different sizes for one digest or a manifest is not as large
 * as stated, `INDEX_TOO_DEEP`, `MANIFEST_TOO_LARGE` beyond the budget, and what `load` and `parseManifest` throw.
 */
export async function collectContent(
  top: LoadedManifest,
  load: (descriptor: Descriptor) => Promise<Uint8Array>,
  budget: ManifestBudget,
): Promise<ArtifactContent> {
  const manifests = new Map<string, LoadedManifest>();
  const blobs = new Map<string, Descriptor>();
  const sizes = new Map<string, number>();

  async function visit(manifest: LoadedManifest, depth: number): Promise<void> {
    const { digest } = manifest.descriptor;
    if (depth > MAX_DEPTH) throw archiveError(`Index ${digest} is nested deeper than ${MAX_DEPTH}`, 'INDEX_TOO_DEEP');
    spend(budget, manifest);
    const content = parseManifest(manifest.descriptor, manifest.bytes);
    for (const child of content.manifests) {
      requireOneSize(sizes, child);
      if (manifests.has(child.digest)) continue;
      requireReadable(child);
      const bytes = await load(child);
      if (bytes.length !== child.size) throw sizeMismatch(`Manifest ${child.digest}`, child.size, bytes.length);
      await visit({ descriptor: child, bytes }, depth + 1);
    }
    for (const blob of content.blobs) {
      requireOneSize(sizes, blob);
      if (!blobs.has(blob.digest)) blobs.set(blob.digest, blob);
    }
    manifests.set(digest, manifest);
  }

  requireOneSize(sizes, top.descriptor);
  await visit(top, 0);
  return {
    manifests: [...manifests.values()],
    blobs: [...blobs.values()].filter(({ digest }) => !manifests.has(digest)),
  };
}

/** Throws `SIZE_MISMATCH` when the digest was stated with another size before. */
export function requireOneSize(sizes: Map<string, number>, { digest, size }: Descriptor): void {
  const before = sizes.get(digest);
  if (before !== undefined && before !== size)
    throw sizeMismatch(`Blob ${digest}, as another manifest has it,`, size, before);
  sizes.set(digest, size);
}

function requireReadable(child: Descriptor): void {
  if (child.size <= MAX_MANIFEST_BYTES) return;
  throw archiveError(
    `Manifest ${child.digest} has ${child.size} bytes; allowed are ${MAX_MANIFEST_BYTES}`,
    'MANIFEST_TOO_LARGE',
  );
}

function spend(budget: ManifestBudget, manifest: LoadedManifest): void {
  budget.leftBytes -= manifest.bytes.length;
  if (budget.leftBytes >= 0) return;
  throw archiveError(
    `Manifest ${manifest.descriptor.digest} does not fit into what manifests may take up together`,
    'MANIFEST_TOO_LARGE',
  );
}

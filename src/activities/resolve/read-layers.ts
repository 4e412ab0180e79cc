import type { LayerFacts } from '../../domain/checks/artifact-checks.ts';
import { parseManifest } from '../../oci/manifest.ts';
import { isForeignLayer } from '../../oci/media-types.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';

/** What a manifest holds, and what the manifests below it hold, each digest once. */
export async function readLayers(registry: RegistryClient, repository: string, root: string): Promise<LayerFacts[]> {
  const layers = new Map<string, LayerFacts>();
  const seen = new Set<string>();
  const open = [root];
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (seen.has(digest)) continue;
    seen.add(digest);
    const { descriptor, bytes } = await registry.fetchManifest(repository, digest);
    const { manifests, blobs } = parseManifest(descriptor, bytes);
    open.push(...manifests.map((child) => child.digest));
    for (const { digest: blob, mediaType, size: sizeBytes } of blobs) {
      layers.set(blob, { digest: blob, mediaType, sizeBytes, isForeign: isForeignLayer(mediaType) });
    }
  }
  return [...layers.values()];
}

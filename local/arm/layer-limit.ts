import { TransferError } from '../../src/domain/errors.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import type { RegistryClient } from '../../src/oci/registry-client.ts';

/** Bytes that a layer of an artifact may have: the documented 8 GB. */
export const MAX_LAYER_BYTES = 8 * 1024 ** 3;

/**
 * The registry's manifests, but for those that name a larger layer: these are refused with class `artifact`, code
 * `LAYER_TOO_LARGE`, which names artifact, layer, size and limit.
 */
export function withLayerLimit(
  registry: Pick<RegistryClient, 'fetchManifest'>,
  maxLayerBytes: number,
): Pick<RegistryClient, 'fetchManifest'> {
  return {
    async fetchManifest(repository, reference) {
      const manifest = await registry.fetchManifest(repository, reference);
      const { blobs } = parseManifest(manifest.descriptor, manifest.bytes);
      const large = blobs.find(({ size }) => size > maxLayerBytes);
      if (large === undefined) return manifest;
      const message = `Artifact ${repository}, manifest ${reference}: layer ${large.digest} has ${large.size} bytes, allowed are ${maxLayerBytes}.`;
      throw new TransferError(message, { class: 'artifact', code: 'LAYER_TOO_LARGE' });
    },
  };
}

import { TransferError } from '../../domain/errors.ts';
import type { Descriptor } from '../descriptor.ts';
import { isForeignLayer } from '../media-types.ts';

/** The first blob that registries need not hold (a foreign, non-distributable layer), if any. */
export function findForeignLayer(blobs: readonly Descriptor[]): Descriptor | undefined {
  return blobs.find(({ mediaType }) => isForeignLayer(mediaType));
}

/** The refusal of an artifact for a foreign layer, naming both: class `artifact`, code `FOREIGN_LAYER`. */
export function foreignLayerError(artifact: string, layer: Descriptor): TransferError {
  const hosts = (layer.urls ?? []).map((url) => (URL.canParse(url) ? new URL(url).host : 'no URL'));
  const where = hosts.length === 0 ? 'nowhere stated' : [...new Set(hosts)].join(', ');
  return new TransferError(
    `Artifact ${artifact} has the foreign layer ${layer.digest} ('${layer.mediaType}', to be had from: ${where}), ` +
      'which may not be distributed; allowed are layers that the registry itself holds',
    { class: 'artifact', code: 'FOREIGN_LAYER' },
  );
}

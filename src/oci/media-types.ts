/** The media type of an OCI image index. */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
/** The media type of an OCI image manifest. */
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
/** The media type of the empty JSON object that stands in for a config (image-spec, manifest.md). */
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json';

const DOCKER_INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const OCI_ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json';

/** Media types with a `manifests` list. */
export const INDEX_MEDIA_TYPES: readonly string[] = [OCI_INDEX, DOCKER_INDEX];
/** Media types with `config` and `layers`. */
export const IMAGE_MEDIA_TYPES: readonly string[] = [OCI_MANIFEST, DOCKER_MANIFEST];
/** Media types with `blobs` (the artifact manifest of the 1.1 release candidates, still found in registries). */
export const ARTIFACT_MEDIA_TYPES: readonly string[] = [OCI_ARTIFACT];
/** Everything that lives under `/manifests/` of a registry. */
export const MANIFEST_MEDIA_TYPES: readonly string[] = [
  ...INDEX_MEDIA_TYPES,
  ...IMAGE_MEDIA_TYPES,
  ...ARTIFACT_MEDIA_TYPES,
];

/** The Accept header of a manifest read. The wildcard brings an unsupported type to us, to be refused by its name. */
export const MANIFEST_ACCEPT = [...MANIFEST_MEDIA_TYPES, '*/*;q=0.1'].join(', ');

/** True for a layer that registries need not hold: Docker's foreign and OCI's non-distributable ones. */
export function isForeignLayer(mediaType: string): boolean {
  return (
    mediaType.startsWith('application/vnd.docker.image.rootfs.foreign.') ||
    mediaType.startsWith('application/vnd.oci.image.layer.nondistributable.')
  );
}

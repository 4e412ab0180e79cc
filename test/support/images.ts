import { createCipheriv, createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { formatFileHeader, paddingBytes } from '../../src/oci/archive/tar-header.ts';
import type { Descriptor, Platform } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { OCI_EMPTY, OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-types.ts';
import type { RegistryClient } from '../../src/oci/registry-client.ts';

const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

/** An artifact in memory: its manifest, its blobs by digest, and for an index its children. */
export interface TestImage {
  descriptor: Descriptor;
  bytes: Buffer;
  blobs: Map<string, Buffer>;
  children: TestImage[];
}

/** `sizeBytes` bytes that look random and are the same for the same seed. */
export function seededBytes(seed: number, sizeBytes: number): Buffer {
  const key = createHash('sha256').update(`seed ${seed}`).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

/** A real layer: a gzipped tar with one file of `sizeBytes` bytes. */
export function tarGzipLayer(seed: number, sizeBytes: number): Buffer {
  const file = [formatFileHeader(`file-${seed}.bin`, sizeBytes), seededBytes(seed, sizeBytes)];
  return gzipSync(Buffer.concat([...file, Buffer.alloc(paddingBytes(sizeBytes) + 1024)]));
}

/** The descriptor of bytes. */
export function describeBytes(mediaType: string, bytes: Buffer): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function toImage(manifest: object, mediaType: string, blobs: readonly Buffer[], children: TestImage[] = []): TestImage {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...manifest }));
  return {
    descriptor: describeBytes(mediaType, bytes),
    bytes,
    blobs: new Map(blobs.map((blob) => [digestOf(blob), blob])),
    children,
  };
}

export interface ImageOptions {
  seed: number;
  /** One layer of seeded bytes for each size in bytes. */
  layerSizes: number[];
  /** Layers put before the seeded ones; two images that get the same share them. */
  sharedLayers?: Buffer[];
  /** True: each layer is a real gzipped tar with a file of that size in it. */
  hasRealLayers?: boolean;
  /** Layers that are stated and not there, such as foreign ones. */
  statedLayers?: Descriptor[];
  architecture?: string;
}

/** An OCI image with config and layers. */
export function buildImage(options: ImageOptions): TestImage {
  const {
    seed,
    layerSizes,
    sharedLayers = [],
    hasRealLayers = false,
    statedLayers = [],
    architecture = 'amd64',
  } = options;
  const make = hasRealLayers ? tarGzipLayer : seededBytes;
  const layers = [...sharedLayers, ...layerSizes.map((sizeBytes, index) => make(seed * 1000 + index, sizeBytes))];
  const diffIds = layers.map((layer) => digestOf(layer));
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      config: { Labels: { seed: String(seed) } },
      rootfs: { type: 'layers', diff_ids: diffIds },
    }),
  );
  const mediaType = hasRealLayers ? `${LAYER}+gzip` : LAYER;
  const manifest = {
    config: describeBytes(CONFIG, config),
    layers: [...layers.map((layer) => describeBytes(mediaType, layer)), ...statedLayers],
  };
  return toImage(manifest, OCI_MANIFEST, [config, ...layers]);
}

/** An image index of images (or of indexes), with a platform for each. */
export function buildIndex(images: readonly TestImage[], platforms: readonly Platform[] = []): TestImage {
  const manifests = images.map(({ descriptor }, index) => {
    const platform = platforms[index];
    return { ...descriptor, ...(platform === undefined ? {} : { platform }) };
  });
  return toImage({ manifests }, OCI_INDEX, [], [...images]);
}

export interface ArtifactOptions {
  artifactType: string;
  blobs: { mediaType: string; bytes: Buffer }[];
  subject?: Descriptor;
}

/** An artifact that is no image (a chart, a signature): the empty config and any blobs. */
export function buildArtifact({ artifactType, blobs, subject }: ArtifactOptions): TestImage {
  const config = Buffer.from('{}');
  const layers = blobs.map(({ mediaType, bytes }) => describeBytes(mediaType, bytes));
  const manifest = { artifactType, config: describeBytes(OCI_EMPTY, config), layers, ...(subject ? { subject } : {}) };
  return toImage(manifest, OCI_MANIFEST, [config, ...blobs.map(({ bytes }) => bytes)]);
}

/** Pushes an artifact with all below it, by tag, or by digest where `tag` is undefined. */
export async function pushImage(
  client: RegistryClient,
  repository: string,
  tag: string | undefined,
  image: TestImage,
): Promise<Descriptor> {
  for (const child of image.children) await pushImage(client, repository, undefined, child);
  for (const [digest, bytes] of image.blobs) {
    await client.uploadBlob(repository, { digest, size: bytes.length }, async function* () {
      yield bytes;
    });
  }
  const { mediaType, digest } = image.descriptor;
  return client.putManifest(repository, tag ?? digest, mediaType, image.bytes);
}

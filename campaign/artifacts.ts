import { createCipheriv, createHash } from 'node:crypto';
import { type Content, contentOf } from '../local/samples/content.ts';
import type { Descriptor } from '../src/oci/descriptor.ts';
import { OCI_MANIFEST } from '../src/oci/media-types.ts';
import { mapBounded } from '../src/oci/parallel.ts';
import type { RegistryClient } from '../src/oci/registry-client.ts';

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const PARALLEL_PUSHES = 8;

/** An image under one tag, made from a seed: the same bytes for the same seed. */
export interface CampaignArtifact {
  repository: string;
  tag: string;
  manifest: Content;
  blobs: readonly Content[];
}

/** What an artifact is made of. */
export interface ArtifactSpec {
  repository: string;
  tag: string;
  seed: number;
  layerBytes: number;
  /** A layer that is stated and lies elsewhere: no run can export it. */
  foreignLayer?: Descriptor;
}

/** Makes an artifact in memory: a config, one layer of seeded bytes, the manifest. */
export function makeArtifact({ repository, tag, seed, layerBytes, foreignLayer }: ArtifactSpec): CampaignArtifact {
  const layer = contentOf(LAYER, seededBytes(seed, layerBytes));
  const config = contentOf(
    CONFIG,
    Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: { seed } })),
  );
  const layers = [describe(layer), ...(foreignLayer ? [foreignLayer] : [])];
  const body = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: describe(config), layers };
  return {
    repository,
    tag,
    manifest: contentOf(OCI_MANIFEST, Buffer.from(JSON.stringify(body))),
    blobs: [config, layer],
  };
}

/** `repository:tag`. */
export function nameOf({ repository, tag }: CampaignArtifact): string {
  return `${repository}:${tag}`;
}

/** Pushes artifacts, a few at a time. */
export async function pushAll(registry: RegistryClient, artifacts: readonly CampaignArtifact[]): Promise<void> {
  await mapBounded(artifacts, PARALLEL_PUSHES, async ({ repository, tag, manifest, blobs }) => {
    for (const blob of blobs) await registry.uploadBlob(repository, blob, () => blob.read());
    await registry.putManifest(repository, tag, manifest.mediaType, await readAll(manifest.read()));
  });
}

/**
 * What is wrong with an artifact in a registry, byte for byte; `undefined` when it is there as it was made. The client
 * verifies the digest of all that it reads.
 */
export async function faultIn(registry: RegistryClient, artifact: CampaignArtifact): Promise<string | undefined> {
  const name = nameOf(artifact);
  const found = await registry.resolve(artifact.repository, artifact.tag);
  if (found?.digest !== artifact.manifest.digest) return `${name} is ${found?.digest ?? 'not there'}`;
  try {
    await registry.fetchManifest(artifact.repository, found.digest);
    for (const blob of artifact.blobs) {
      let bytes = 0;
      for await (const chunk of registry.readBlob(artifact.repository, blob)) bytes += chunk.byteLength;
      if (bytes !== blob.size) return `${name}: ${bytes} of ${blob.size} bytes of ${blob.digest}`;
    }
    return undefined;
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function seededBytes(seed: number, sizeBytes: number): Buffer {
  const key = createHash('sha256').update(`campaign ${seed}`).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes));
}

function describe({ mediaType, digest, size }: Content): Descriptor {
  return { mediaType, digest, size };
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return Buffer.concat(read);
}

import { TransferError } from '../../src/domain/errors.ts';
import type { ImportTarget } from '../../src/oci/archive/import.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { digestOf, isDigest, parseDigest } from '../../src/oci/digest.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { verified } from '../../src/oci/verified.ts';
import { collect } from './streams.ts';

/** A registry in memory as an archive is imported into it: it verifies like the real client, and refuses gaps. */
export interface StrictTarget extends ImportTarget {
  /** By `repository@digest`. */
  blobs: Map<string, Buffer>;
  /** By `repository@digest`. */
  manifests: Map<string, { mediaType: string; bytes: Buffer }>;
  /** Digests by `repository:tag`. */
  tags: Map<string, string>;
  /** Calls that may change something. */
  writes: number;
}

/** An empty target. A manifest that names what its repository does not have is refused, as registries do. */
export function createStrictTarget(): StrictTarget {
  const target: StrictTarget = {
    blobs: new Map(),
    manifests: new Map(),
    tags: new Map(),
    writes: 0,
    resolve: async (repository, reference) => describe(target, repository, reference),
    async putManifest(repository, reference, mediaType, bytes) {
      target.writes += 1;
      const digest = digestOf(bytes, isDigest(reference) ? parseDigest(reference).algorithm : 'sha256');
      requireAll(target, repository, { mediaType, digest, size: bytes.length }, bytes);
      target.manifests.set(`${repository}@${digest}`, { mediaType, bytes: Buffer.from(bytes) });
      if (!isDigest(reference)) target.tags.set(`${repository}:${reference}`, digest);
      return { mediaType, digest, size: bytes.length };
    },
    async uploadBlob(repository, blob, content) {
      target.writes += 1;
      target.blobs.set(`${repository}@${blob.digest}`, await collect(verified(content(), blob, 'a blob')));
      return 'uploaded';
    },
    async mountBlob(repository, digest, from) {
      target.writes += 1;
      const bytes = target.blobs.get(`${from}@${digest}`);
      if (bytes !== undefined) target.blobs.set(`${repository}@${digest}`, bytes);
      return bytes !== undefined;
    },
  };
  return target;
}

function describe(target: StrictTarget, repository: string, reference: string): Descriptor | undefined {
  const digest = isDigest(reference) ? reference : target.tags.get(`${repository}:${reference}`);
  const found = target.manifests.get(`${repository}@${digest}`);
  return digest && found ? { mediaType: found.mediaType, digest, size: found.bytes.length } : undefined;
}

/** Throws unless all that a manifest names is in the repository, with the sizes that it states. */
export function requireAll(target: StrictTarget, repository: string, top: Descriptor, bytes: Uint8Array): void {
  const { manifests, blobs } = parseManifest(top, bytes);
  const found = [
    ...manifests.map((child) => [child, target.manifests.get(`${repository}@${child.digest}`)?.bytes] as const),
    ...blobs.map((blob) => {
      const key = `${repository}@${blob.digest}`;
      return [blob, target.blobs.get(key) ?? target.manifests.get(key)?.bytes] as const;
    }),
  ];
  for (const [{ digest, size }, kept] of found) {
    if (kept?.length === size && digestOf(kept, parseDigest(digest).algorithm) === digest) continue;
    throw new TransferError(`the target has no ${digest} of ${size} bytes`, {
      class: 'artifact',
      code: 'MANIFEST_BLOB_UNKNOWN',
    });
  }
}

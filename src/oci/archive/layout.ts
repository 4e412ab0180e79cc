import { z } from 'zod';
import { type Descriptor, descriptorSchema } from '../descriptor.ts';
import { isDigest, parseDigest } from '../digest.ts';
import { listOf } from '../first-fault.ts';
import { parseJsonAs } from '../manifest.ts';
import { OCI_INDEX } from '../media-types.ts';
import { archiveError } from './archive-error.ts';
import { type ArchiveName, formatAnnotations, parseAnnotations } from './ref-name.ts';

/** The file that marks an OCI image layout. */
export const LAYOUT_PATH = 'oci-layout';
/** The file that lists the artifacts of a layout. */
export const INDEX_PATH = 'index.json';

/** An artifact as the index of an archive lists it. */
export interface IndexEntry extends ArchiveName {
  descriptor: Descriptor;
}

const layoutSchema = z.object({ imageLayoutVersion: z.string() });
const indexSchema = z.object({ schemaVersion: z.literal(2), manifests: listOf(descriptorSchema).nullish() });

/** Where a blob lies in a layout: `blobs/<algorithm>/<hex>`. Throws as `parseDigest` does. */
export function blobPath(digest: string): string {
  const { algorithm, hex } = parseDigest(digest);
  return `blobs/${algorithm}/${hex}`;
}

/** The digest of a blob's path; `undefined` for any other path. */
export function digestOfPath(path: string): string | undefined {
  const [, algorithm, hex] = /^blobs\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  const digest = `${algorithm}:${hex}`;
  return isDigest(digest) ? digest : undefined;
}

/** The bytes of `oci-layout`. */
export function formatLayout(): Buffer {
  return Buffer.from(JSON.stringify({ imageLayoutVersion: '1.0.0' }), 'utf8');
}

/** The bytes of `index.json`: the entries in order, each with the annotations that name it. */
export function formatIndex(entries: readonly IndexEntry[]): Buffer {
  const manifests = entries.map(({ descriptor, ...name }) => ({
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(descriptor.artifactType === undefined ? {} : { artifactType: descriptor.artifactType }),
    annotations: formatAnnotations(name),
  }));
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }), 'utf8');
}

/** Checks `oci-layout`: version 1.x, else `ARCHIVE_INVALID`. */
export function checkLayout(bytes: Uint8Array): void {
  const { imageLayoutVersion } = parseJsonAs(layoutSchema, bytes, (found) => archiveError(`${LAYOUT_PATH} ${found}`));
  if (/^1\./.test(imageLayoutVersion)) return;
  throw archiveError(`${LAYOUT_PATH} states version '${imageLayoutVersion}'; allowed is 1.x`);
}

/**
 * The artifacts of `index.json`. Throws `ARCHIVE_INVALID` when it is not as specified or gives one name to two digests,
 * and as `parseAnnotations` does. The same entry twice counts once.
 */
export function parseIndex(bytes: Uint8Array, defaultRepository?: string): IndexEntry[] {
  const index = parseJsonAs(indexSchema, bytes, (found) => archiveError(`${INDEX_PATH} ${found}`));
  const entries = new Map<string, IndexEntry>();
  for (const found of index.manifests ?? []) {
    const { annotations = {}, ...descriptor } = found;
    const name = parseAnnotations(annotations, `Entry ${found.digest} of ${INDEX_PATH}`, defaultRepository);
    const key = name.tag === undefined ? `${name.repository}@${found.digest}` : `${name.repository}:${name.tag}`;
    const before = entries.get(key);
    if (before !== undefined && before.descriptor.digest !== found.digest) {
      throw archiveError(`${INDEX_PATH} names both ${before.descriptor.digest} and ${found.digest} '${key}'`);
    }
    entries.set(key, { ...name, descriptor: { ...descriptor, annotations } });
  }
  return [...entries.values()];
}

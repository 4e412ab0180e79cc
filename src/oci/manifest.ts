import { z } from 'zod';
import { TransferError } from '../domain/errors.ts';
import { type Descriptor, descriptorSchema } from './descriptor.ts';
import { listOf } from './first-fault.ts';
import { ARTIFACT_MEDIA_TYPES, IMAGE_MEDIA_TYPES, INDEX_MEDIA_TYPES, MANIFEST_MEDIA_TYPES } from './media-types.ts';

/** The largest manifest that is read, in bytes (distribution-spec, "Pushing manifests": 4 MiB). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** What a manifest refers to: other manifests (of an index) and registry blobs (config first). */
export interface ManifestContent {
  manifests: Descriptor[];
  blobs: Descriptor[];
}

const head = { schemaVersion: z.literal(2).optional(), mediaType: z.string().optional() };
const indexSchema = z.object({ ...head, manifests: listOf(descriptorSchema) });
const imageSchema = z.object({ ...head, config: descriptorSchema, layers: listOf(descriptorSchema).default([]) });
const artifactSchema = z.object({ ...head, blobs: listOf(descriptorSchema).nullish() });

function invalid(what: string, found: string, code = 'MANIFEST_INVALID'): TransferError {
  return new TransferError(`Manifest ${what} ${found}`, { class: 'artifact', code });
}

/** JSON of a schema; throws `MANIFEST_INVALID` with the path and problem of the first fault. `what` names the document. */
export function parseJsonAs<T>(schema: z.ZodType<T>, bytes: Uint8Array, fail: (found: string) => TransferError): T {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw fail('is not JSON');
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw fail(`is not as specified: ${issue?.path.join('.') || '(document)'}: ${issue?.message ?? 'invalid'}`);
}

/** The `mediaType` that a manifest's own JSON states; `undefined` where it is silent or not JSON. */
export function statedMediaType(bytes: Uint8Array): string | undefined {
  try {
    const stated = z.object({ mediaType: z.string() }).safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    return stated.success ? stated.data.mediaType : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What a manifest refers to, by its media type. A child of an index that is no manifest (build caches do that) counts
 * as a blob. `subject` is a link, not content, and is left out. Throws class `artifact`: `MANIFEST_UNSUPPORTED` for
 * another media type, `MANIFEST_INVALID` for JSON that is not as specified or states another media type than it came with.
 */
export function parseManifest(
  descriptor: Pick<Descriptor, 'mediaType' | 'digest'>,
  bytes: Uint8Array,
): ManifestContent {
  const { mediaType, digest } = descriptor;
  const fail = (found: string) => invalid(digest, found);
  if (!MANIFEST_MEDIA_TYPES.includes(mediaType)) {
    const allowed = MANIFEST_MEDIA_TYPES.join(', ');
    throw invalid(digest, `has the media type '${mediaType}'; allowed are ${allowed}`, 'MANIFEST_UNSUPPORTED');
  }
  const stated = statedMediaType(bytes);
  if (stated !== undefined && stated !== mediaType) throw fail(`came as '${mediaType}' but states '${stated}'`);
  if (IMAGE_MEDIA_TYPES.includes(mediaType)) {
    const image = parseJsonAs(imageSchema, bytes, fail);
    return { manifests: [], blobs: [image.config, ...image.layers] };
  }
  if (ARTIFACT_MEDIA_TYPES.includes(mediaType)) {
    return { manifests: [], blobs: parseJsonAs(artifactSchema, bytes, fail).blobs ?? [] };
  }
  const children = parseJsonAs(indexSchema, bytes, fail).manifests;
  const isManifest = (child: Descriptor) => MANIFEST_MEDIA_TYPES.includes(child.mediaType);
  return { manifests: children.filter(isManifest), blobs: children.filter((child) => !isManifest(child)) };
}

/** True for media types whose children are manifests. */
export function isIndex(mediaType: string): boolean {
  return INDEX_MEDIA_TYPES.includes(mediaType);
}

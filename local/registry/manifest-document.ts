import { z } from 'zod';
import { listOf, textMap } from '../../src/oci/first-fault.ts';
import { parseJson } from '../json.ts';
import { RegistryError } from './errors.ts';
import { isDigest } from './grammar.ts';

const DESCRIPTOR = z.object({
  mediaType: z.string(),
  digest: z.string().refine(isDigest, { error: 'not a sha256 or sha512 digest' }),
  size: z.int().nonnegative(),
  urls: listOf(z.string()).optional(),
});
/** As Go's JSON reader, which registries use, has it. */
const MAX_DEPTH = 10_000;
type Descriptor = z.infer<typeof DESCRIPTOR>;

const COMMON = {
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  subject: DESCRIPTOR.optional(),
  annotations: textMap.optional(),
};
const IMAGE = z.object({ ...COMMON, config: DESCRIPTOR, layers: listOf(DESCRIPTOR) });
const INDEX = z.object({ ...COMMON, manifests: listOf(DESCRIPTOR) });

/** The media type of an OCI index, which is what a list of referrers is. */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

const SCHEMA_OF_TYPE = {
  'application/vnd.oci.image.manifest.v1+json': IMAGE,
  'application/vnd.docker.distribution.manifest.v2+json': IMAGE,
  [OCI_INDEX]: INDEX,
  'application/vnd.docker.distribution.manifest.list.v2+json': INDEX,
} as const;

/** Messages quote what they found, which may be as long as the manifest. */
const MAX_MESSAGE_CHARACTERS = 500;

/** What the registry has to know of a manifest. Sizes in bytes. */
export interface ManifestDocument {
  /** Digests of blobs that must be in the repository. */
  blobs: string[];
  /** Digests of manifests that must be in the repository. */
  children: string[];
  /** The digest of the manifest that this one refers to; it may be missing. */
  subject: string | undefined;
  /** The type that lists of referrers filter by: its own, or that of its config. */
  artifactType: string | undefined;
  configMediaType: string | undefined;
  annotations: Record<string, string> | undefined;
  /** Sum of config and layers; 0 for an index. */
  imageSizeBytes: number;
}

/**
 * Reads a manifest or an index, OCI's or docker's. Throws `MANIFEST_INVALID` when the Content-Type is none of these,
 * differs from the `mediaType` inside, or the JSON is not what the type says.
 */
export function parseManifest(bytes: Buffer, contentType: string): ManifestDocument {
  const schema = schemaOf(contentType);
  const result = schema.safeParse(parseDocument(bytes));
  if (!result.success) throw invalid(z.prettifyError(result.error));
  const document = result.data;
  if (document.mediaType !== undefined && document.mediaType !== contentType) {
    throw invalid(`its mediaType is ${document.mediaType}, its Content-Type ${contentType}`);
  }
  const own = 'config' in document ? [document.config, ...document.layers] : [];
  const configMediaType = 'config' in document ? document.config.mediaType : undefined;
  return {
    blobs: own.filter((descriptor) => !isForeign(descriptor)).map(({ digest }) => digest),
    children: 'manifests' in document ? document.manifests.map(({ digest }) => digest) : [],
    subject: document.subject?.digest,
    artifactType: document.artifactType ?? configMediaType,
    configMediaType,
    annotations: document.annotations,
    imageSizeBytes: own.reduce((sum, { size }) => sum + size, 0),
  };
}

/** The media type in a Content-Type header, without parameters, in lower case. */
export function mediaTypeOf(header: string | undefined): string {
  return (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Layers that are fetched from elsewhere by their URLs; a registry need not hold them. */
function isForeign(descriptor: Descriptor): boolean {
  const isMarked = /\.(?:nondistributable|foreign)\./.test(descriptor.mediaType);
  return isMarked && descriptor.urls !== undefined && descriptor.urls.length > 0;
}

function schemaOf(contentType: string) {
  const schema = Object.entries(SCHEMA_OF_TYPE).find(([type]) => type === contentType)?.[1];
  if (schema) return schema;
  throw invalid(`Content-Type ${JSON.stringify(contentType)}: allowed are ${Object.keys(SCHEMA_OF_TYPE).join(', ')}`);
}

function parseDocument(bytes: Buffer): unknown {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), MAX_DEPTH);
  } catch (error) {
    throw invalid(`not JSON in UTF-8: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function invalid(message: string): RegistryError {
  const isLong = message.length > MAX_MESSAGE_CHARACTERS;
  const text = isLong ? `${message.slice(0, MAX_MESSAGE_CHARACTERS)}…` : message;
  return new RegistryError('MANIFEST_INVALID', `manifest invalid: ${text}`);
}

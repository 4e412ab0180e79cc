import {
  type Answer,
  digestOf,
  imageManifest,
  OCI_INDEX,
  OCI_MANIFEST,
  type RegistryFixture,
} from './registry-fixture.ts';

/** The repositories, tags and blobs that sequences of calls are about; few, so that calls meet. */
export const REPOSITORIES = ['one', 'two'] as const;
export const TAGS = ['v1', 'V1', `sha256-${'0'.repeat(64)}`] as const;
export const BLOBS = ['{}', 'layer', 'other layer'] as const;

export type Repository = (typeof REPOSITORIES)[number];
export type Tag = (typeof TAGS)[number];

/** A manifest that sequences push: its bytes, what it names, and its type. */
export interface ModelManifest {
  text: string;
  digest: string;
  mediaType: string;
  blobs: readonly string[];
  children: readonly string[];
  subject: string | undefined;
}

const BASE = made(imageManifest(['layer']), OCI_MANIFEST, ['{}', 'layer']);
const OTHER = made(imageManifest(['other layer', 'layer']), OCI_MANIFEST, ['{}', 'layer', 'other layer']);
const subject = { mediaType: OCI_MANIFEST, digest: BASE.digest, size: BASE.text.length };
const SIGNATURE = made(imageManifest([], { artifactType: 'a/sig', subject }), OCI_MANIFEST, ['{}'], [], BASE.digest);
const INDEX = made(indexOf(BASE, OTHER), OCI_INDEX, [], [BASE.digest, OTHER.digest]);
const NESTED = made(indexOf(INDEX), OCI_INDEX, [], [INDEX.digest]);

/** Every manifest that a sequence may push. */
export const MANIFESTS: readonly ModelManifest[] = [BASE, OTHER, SIGNATURE, INDEX, NESTED];

function made(
  text: string,
  mediaType: string,
  blobs: readonly string[],
  children: readonly string[] = [],
  subjectDigest?: string,
): ModelManifest {
  const digests = blobs.map((blob) => digestOf(blob));
  return { text, digest: digestOf(text), mediaType, blobs: digests, children, subject: subjectDigest };
}

function indexOf(...manifests: readonly ModelManifest[]): string {
  const children = manifests.map(({ mediaType, digest, text }) => ({ mediaType, digest, size: text.length }));
  return JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: children });
}

/** What one repository shows. */
export interface Shown {
  blobs: Set<string>;
  manifests: Set<string>;
  /** Digests by tag. */
  tags: Map<string, string>;
}

/** What the registry must show; changed by accepted calls only. */
export type Model = Record<Repository, Shown>;

export function emptyModel(): Model {
  const empty = (): Shown => ({ blobs: new Set(), manifests: new Set(), tags: new Map() });
  return { one: empty(), two: empty() };
}

/** True when the repository has all that the manifest names. */
export function isComplete(shown: Shown, { blobs, children }: ModelManifest): boolean {
  return blobs.every((digest) => shown.blobs.has(digest)) && children.every((digest) => shown.manifests.has(digest));
}

/** What a repository of the registry shows, asked over HTTP, in the form of {@link expectedOf}. */
export async function visibleOf(registry: RegistryFixture, name: string): Promise<object> {
  const get = (path: string) => registry.call('GET', `/v2/${name}/${path}`);
  const tags = await get('tags/list');
  const tagged = (tags.json.tags ?? []).map(async (tag) => [tag, digestIn(await get(`manifests/${tag}`))]);
  const found = async (kind: string, digests: readonly string[]) => {
    const answers = await Promise.all(digests.map((digest) => get(`${kind}/${digest}`)));
    return digests.filter((digest, index) => isWhole(answers[index], digest));
  };
  const { json } = await get(`referrers/${BASE.digest}`);
  return {
    exists: tags.status === 200,
    tags: Object.fromEntries(await Promise.all(tagged)),
    blobs: await found(
      'blobs',
      BLOBS.map((blob) => digestOf(blob)),
    ),
    manifests: await found(
      'manifests',
      MANIFESTS.map(({ digest }) => digest),
    ),
    referrers: json.manifests.map(({ digest }) => digest),
  };
}

/** What {@link visibleOf} must give by the model. */
export function expectedOf(shown: Shown): object {
  const manifests = MANIFESTS.filter(({ digest }) => shown.manifests.has(digest));
  return {
    exists: manifests.length > 0,
    tags: manifests.length > 0 ? Object.fromEntries(shown.tags) : {},
    blobs: BLOBS.map((blob) => digestOf(blob)).filter((digest) => shown.blobs.has(digest)),
    manifests: manifests.map(({ digest }) => digest),
    referrers: manifests.filter(({ subject: of }) => of === BASE.digest).map(({ digest }) => digest),
  };
}

function digestIn(answer: Answer): string {
  return digestOf(answer.bytes);
}

function isWhole(answer: Answer | undefined, digest: string): boolean {
  if (answer?.status !== 200) return false;
  expect(digestOf(answer.bytes)).toBe(digest);
  return true;
}

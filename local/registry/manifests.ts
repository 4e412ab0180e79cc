import { digestOf } from './content-store.ts';
import { RegistryError } from './errors.ts';
import { isDigest } from './grammar.ts';
import type { ManifestDocument } from './manifest-document.ts';
import { parseManifest } from './manifest-document.ts';
import type { ManifestLink, RepositoryLinks } from './repository-links.ts';
import type { RegistryStore } from './store.ts';

/** A manifest as a repository shows it. */
export interface StoredManifest extends ManifestLink {
  digest: string;
}

export interface PutManifestOptions {
  repository: string;
  /** A valid tag or digest. */
  reference: string;
  mediaType: string;
  bytes: Buffer;
}

/** A manifest of 4 MiB can name 40,000 things; an answer that lists so many helps nobody. */
const MAX_NAMED = 100;

/** The manifest that a tag or digest names, or `undefined`. */
export async function findManifest(links: RepositoryLinks, reference: string): Promise<StoredManifest | undefined> {
  const digest = isDigest(reference) ? reference : (await links.readTag(reference))?.digest;
  const link = digest === undefined ? undefined : await links.readManifest(digest);
  return digest === undefined || link === undefined ? undefined : { digest, ...link };
}

/** The manifest that a tag or digest names; throws `MANIFEST_UNKNOWN`. */
export async function requireManifest(
  store: RegistryStore,
  repository: string,
  reference: string,
): Promise<StoredManifest> {
  const manifest = await findManifest(store.repository(repository), reference);
  if (manifest) return manifest;
  throw new RegistryError('MANIFEST_UNKNOWN', `repository ${repository} has no manifest ${reference}`, {
    detail: { name: repository, revision: reference },
  });
}

/** The parsed bytes of a stored manifest, or `undefined` when they are gone. */
export async function readDocument(
  store: RegistryStore,
  manifest: StoredManifest,
): Promise<ManifestDocument | undefined> {
  const bytes = await store.content.read(manifest.digest);
  return bytes && parseManifest(bytes, manifest.mediaType);
}

/**
 * Stores a manifest and, when the reference is a tag, moves the tag to it. Throws `DIGEST_INVALID` when the bytes do
 * not have the digest they were sent to, `MANIFEST_INVALID`, and `MANIFEST_BLOB_UNKNOWN` naming the first 100
 * blobs or child manifests that the repository does not have: then nothing is visible.
 */
export async function putManifest(
  store: RegistryStore,
  options: PutManifestOptions,
): Promise<{ digest: string; subject: string | undefined }> {
  const { repository, reference, mediaType, bytes } = options;
  const digest = digestOf(bytes, reference);
  if (isDigest(reference) && reference !== digest) {
    throw new RegistryError('DIGEST_INVALID', `the bytes received have digest ${digest}, not ${reference}`);
  }
  const document = parseManifest(bytes, mediaType);
  await store.change(repository, async (links) => {
    await requireContent(store, repository, document);
    await store.content.put(bytes, digest);
    if (document.subject !== undefined) await links.linkReferrer(document.subject, digest);
    await linkManifest(links, digest, { mediaType, sizeBytes: bytes.length });
    if (!isDigest(reference)) await moveTag(links, reference, digest);
  });
  return { digest, subject: document.subject };
}

/** Removes a tag, or a manifest and all tags that point to it. Throws `MANIFEST_UNKNOWN`. */
export async function deleteManifest(store: RegistryStore, repository: string, reference: string): Promise<void> {
  await store.change(repository, async (links) => {
    const manifest = await requireManifest(store, repository, reference);
    if (!isDigest(reference)) {
      await links.unlinkTag(reference);
      return;
    }
    const document = await readDocument(store, manifest);
    // Tags first: killed in between, a manifest without tags is left, never a tag without its manifest.
    for (const tag of (await tagsByDigest(links)).get(reference) ?? []) await links.unlinkTag(tag);
    await links.unlinkManifest(reference);
    if (document?.subject !== undefined) await links.unlinkReferrer(document.subject, reference);
  });
}

/**
 * Removes all that a repository shows: tags first, then manifests, then blobs, so that nothing is left behind that points
 * to what is gone. Gives what was removed, as ACR answers it.
 */
export async function deleteRepository(
  store: RegistryStore,
  repository: string,
): Promise<{ manifestsDeleted: string[]; tagsDeleted: string[] }> {
  return await store.change(repository, async (links) => {
    const [manifestsDeleted, tagsDeleted] = [await links.listManifests(), await links.listTags()];
    for (const tag of tagsDeleted) await links.unlinkTag(tag);
    for (const digest of manifestsDeleted) {
      const manifest = await findManifest(links, digest);
      const subject = manifest && (await readDocument(store, manifest))?.subject;
      await links.unlinkManifest(digest);
      if (subject !== undefined) await links.unlinkReferrer(subject, digest);
    }
    for (const digest of await links.listBlobs()) await links.unlinkBlob(digest);
    return { manifestsDeleted, tagsDeleted };
  });
}

/** The tags that point to each digest, in the order of their text. */
export async function tagsByDigest(links: RepositoryLinks): Promise<Map<string, string[]>> {
  const tags = new Map<string, string[]>();
  for (const tag of await links.listTags()) {
    const digest = (await links.readTag(tag))?.digest;
    if (digest !== undefined) tags.set(digest, [...(tags.get(digest) ?? []), tag]);
  }
  return tags;
}

async function requireContent(store: RegistryStore, repository: string, document: ManifestDocument): Promise<void> {
  const links = store.repository(repository);
  const missing: string[] = [];
  for (const digest of new Set(document.blobs)) {
    if ((await store.sizeOfBlob(repository, digest)) === undefined) missing.push(digest);
  }
  for (const digest of new Set(document.children)) {
    if (!(await links.readManifest(digest))) missing.push(digest);
  }
  if (missing.length === 0) return;
  const named = missing.slice(0, MAX_NAMED);
  const more = missing.length > named.length ? ` and ${missing.length - named.length} more` : '';
  throw new RegistryError(
    'MANIFEST_BLOB_UNKNOWN',
    `repository ${repository} does not have what the manifest names: ${named.join(', ')}${more}`,
    { detail: named.map((digest) => ({ digest })) },
  );
}

async function linkManifest(
  links: RepositoryLinks,
  digest: string,
  link: Omit<ManifestLink, 'createdTime'>,
): Promise<void> {
  const createdTime = (await links.readManifest(digest))?.createdTime ?? new Date().toISOString();
  await links.linkManifest(digest, { ...link, createdTime });
}

async function moveTag(links: RepositoryLinks, tag: string, digest: string): Promise<void> {
  const now = new Date().toISOString();
  const createdTime = (await links.readTag(tag))?.createdTime ?? now;
  await links.linkTag(tag, { digest, createdTime, lastUpdateTime: now });
}

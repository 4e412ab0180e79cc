import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { splitDigest } from './grammar.ts';
import { listNames, readLink, removeLink, touchLink, unlessMissing, writeLink } from './link-files.ts';
import { formatTagFileName, parseTagFileName } from './tag-file-name.ts';

const MANIFEST_LINK = z.object({ mediaType: z.string(), sizeBytes: z.number(), createdTime: z.string() });
const TAG_LINK = z.object({ digest: z.string(), createdTime: z.string(), lastUpdateTime: z.string() });

/** What is kept about a manifest beside its bytes. `mediaType` is the Content-Type it was pushed with; times are ISO 8601. */
export type ManifestLink = z.infer<typeof MANIFEST_LINK>;
/** Where a tag points. Times are ISO 8601. */
export type TagLink = z.infer<typeof TAG_LINK>;

/**
 * What one repository shows of the content: a small file for each blob, manifest, tag and referrer. Nothing is held in
 * memory, so that the files are the state. No part of a repository's name begins with `_`, so the folders of
 * `team/_tags` and of the repository `team/app` cannot meet.
 */
export class RepositoryLinks {
  readonly #folder: string;
  readonly #stagingFolder: string;

  constructor(folder: string, stagingFolder: string) {
    this.#folder = folder;
    this.#stagingFolder = stagingFolder;
  }

  /** Whether the repository holds a manifest; without one it does not exist for anybody. */
  async exists(): Promise<boolean> {
    return (await this.listManifests()).length > 0;
  }

  async hasBlob(digest: string): Promise<boolean> {
    return (await unlessMissing(access(this.#digestPath('_blobs', digest)).then(() => true))) ?? false;
  }

  async linkBlob(digest: string): Promise<void> {
    await touchLink(this.#digestPath('_blobs', digest));
  }

  /** `false` when the repository had no such blob. */
  async unlinkBlob(digest: string): Promise<boolean> {
    return await removeLink(this.#digestPath('_blobs', digest));
  }

  /** Digests of all blobs. */
  async listBlobs(): Promise<string[]> {
    return await listDigests(join(this.#folder, '_blobs'));
  }

  async readManifest(digest: string): Promise<ManifestLink | undefined> {
    return await readLink(this.#digestPath('_manifests', digest), MANIFEST_LINK);
  }

  async linkManifest(digest: string, link: ManifestLink): Promise<void> {
    await writeLink(this.#digestPath('_manifests', digest), link, this.#stagingFolder);
  }

  /** `false` when the repository had no such manifest. */
  async unlinkManifest(digest: string): Promise<boolean> {
    return await removeLink(this.#digestPath('_manifests', digest));
  }

  /** Digests of all manifests, in the order of their text. */
  async listManifests(): Promise<string[]> {
    return await listDigests(join(this.#folder, '_manifests'));
  }

  async readTag(tag: string): Promise<TagLink | undefined> {
    return await readLink(this.#tagPath(tag), TAG_LINK);
  }

  async linkTag(tag: string, link: TagLink): Promise<void> {
    await writeLink(this.#tagPath(tag), link, this.#stagingFolder);
  }

  /** `false` when the repository had no such tag. */
  async unlinkTag(tag: string): Promise<boolean> {
    return await removeLink(this.#tagPath(tag));
  }

  /** All tags, in the order of their text (capitals first). */
  async listTags(): Promise<string[]> {
    return (await listNames(join(this.#folder, '_tags'))).map(parseTagFileName).sort();
  }

  /** Notes that a manifest names `subject`, which need not exist. */
  async linkReferrer(subject: string, referrer: string): Promise<void> {
    await touchLink(this.#referrerPath(subject, referrer));
  }

  async unlinkReferrer(subject: string, referrer: string): Promise<void> {
    await removeLink(this.#referrerPath(subject, referrer));
  }

  /** Digests of the manifests that name `subject`, in the order of their text. */
  async listReferrers(subject: string): Promise<string[]> {
    return await listDigests(this.#subjectFolder(subject));
  }

  #digestPath(kind: '_blobs' | '_manifests', digest: string): string {
    const { algorithm, hex } = splitDigest(digest);
    return join(this.#folder, kind, algorithm, hex);
  }

  #tagPath(tag: string): string {
    return join(this.#folder, '_tags', formatTagFileName(tag));
  }

  #subjectFolder(subject: string): string {
    const { algorithm, hex } = splitDigest(subject);
    return join(this.#folder, '_referrers', algorithm, hex);
  }

  #referrerPath(subject: string, referrer: string): string {
    const { algorithm, hex } = splitDigest(referrer);
    return join(this.#subjectFolder(subject), algorithm, hex);
  }
}

async function listDigests(folder: string): Promise<string[]> {
  const digests: string[] = [];
  for (const algorithm of await listNames(folder)) {
    for (const hex of await listNames(join(folder, algorithm))) digests.push(`${algorithm}:${hex}`);
  }
  return digests.sort();
}

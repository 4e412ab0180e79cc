import { createHash, randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { splitDigest } from './grammar.ts';
import { listNames, unlessMissing } from './link-files.ts';

/**
 * The bytes of blobs and manifests, each once, in a file named by its digest. A file gets that name by rename, after
 * its bytes were verified and reached the disk: what is visible is whole, whenever the process was killed.
 */
export class ContentStore {
  /** Where files grow before they get their name; empty after {@link open}. */
  readonly stagingFolder: string;
  readonly #contentFolder: string;

  private constructor(dir: string) {
    this.stagingFolder = join(dir, 'staging');
    this.#contentFolder = join(dir, 'content');
  }

  /** Opens (or makes) the store in `dir`, and throws away the files that an earlier run did not finish. */
  static async open(dir: string): Promise<ContentStore> {
    const store = new ContentStore(dir);
    await rm(store.stagingFolder, { recursive: true, force: true });
    await mkdir(store.stagingFolder, { recursive: true });
    await mkdir(store.#contentFolder, { recursive: true });
    return store;
  }

  /** A path in the staging folder that nothing uses. */
  newStagingPath(): string {
    return join(this.stagingFolder, randomUUID());
  }

  /** Gives a staged file its final name. The caller has verified that its bytes have this digest. */
  async commit(stagedPath: string, digest: string): Promise<void> {
    if ((await this.sizeOf(digest)) !== undefined) {
      await rm(stagedPath);
      return;
    }
    await syncFile(stagedPath);
    const path = this.#pathOf(digest);
    await mkdir(dirname(path), { recursive: true });
    await rename(stagedPath, path);
  }

  /** Stores bytes that the caller has verified to have this digest. */
  async put(bytes: Buffer, digest: string): Promise<void> {
    const staged = this.newStagingPath();
    const file = await open(staged, 'wx');
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
    await this.commit(staged, digest);
  }

  /** Size in bytes, or `undefined` when nothing has this digest. */
  async sizeOf(digest: string): Promise<number | undefined> {
    return (await unlessMissing(stat(this.#pathOf(digest))))?.size;
  }

  /** All bytes (meant for manifests, which are small), or `undefined`. */
  async read(digest: string): Promise<Buffer | undefined> {
    return await unlessMissing(readFile(this.#pathOf(digest)));
  }

  /** The file, for the caller to read and close, or `undefined`. */
  async openFile(digest: string): Promise<FileHandle | undefined> {
    return await unlessMissing(open(this.#pathOf(digest), 'r'));
  }

  /** Removes all content whose digest is not in `kept`. Only safe while nothing is pushed. */
  async sweep(kept: ReadonlySet<string>): Promise<void> {
    for (const algorithm of await listNames(this.#contentFolder)) {
      for (const prefix of await listNames(join(this.#contentFolder, algorithm))) {
        for (const hex of await listNames(join(this.#contentFolder, algorithm, prefix))) {
          if (!kept.has(`${algorithm}:${hex}`)) await rm(join(this.#contentFolder, algorithm, prefix, hex));
        }
      }
    }
  }

  #pathOf(digest: string): string {
    const { algorithm, hex } = splitDigest(digest);
    return join(this.#contentFolder, algorithm, hex.slice(0, 2), hex);
  }
}

/** The digest of bytes, by the algorithm that `like` has (sha256 when `like` is no digest). */
export function digestOf(bytes: Buffer, like = ''): string {
  const algorithm = like.startsWith('sha512:') ? 'sha512' : 'sha256';
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

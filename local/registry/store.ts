import { join } from 'node:path';
import { ContentStore } from './content-store.ts';
import { listNames } from './link-files.ts';
import { KeyedQueue } from './queue.ts';
import { RepositoryLinks } from './repository-links.ts';

/** All that one registry keeps, as files in one folder: content once, links to it in each repository. */
export class RegistryStore {
  readonly content: ContentStore;
  readonly #repositoriesFolder: string;
  readonly #changes = new KeyedQueue();

  private constructor(dir: string, content: ContentStore) {
    this.content = content;
    this.#repositoriesFolder = join(dir, 'repositories');
  }

  /** Opens (or makes) the store in `dir`; removes unfinished uploads and content that no repository shows any more. */
  static async open(dir: string): Promise<RegistryStore> {
    const store = new RegistryStore(dir, await ContentStore.open(dir));
    await store.content.sweep(await store.#linkedDigests());
    return store;
  }

  /** The links of a repository whose name is valid; it need not exist. */
  repository(name: string): RepositoryLinks {
    return new RepositoryLinks(join(this.#repositoriesFolder, ...name.split('/')), this.content.stagingFolder);
  }

  /** Runs a change of one repository alone, so that what it checked first still holds when it writes. */
  change<T>(repository: string, work: (links: RepositoryLinks) => Promise<T>): Promise<T> {
    return this.#changes.run(repository, () => work(this.repository(repository)));
  }

  /** Names of the repositories that hold a manifest, in the order of their text. */
  async listRepositories(): Promise<string[]> {
    const names: string[] = [];
    for (const name of await this.#listFolders('')) {
      if (await this.repository(name).exists()) names.push(name);
    }
    return names.sort();
  }

  /** Size in bytes of a blob that the repository shows, or `undefined`. */
  async sizeOfBlob(repository: string, digest: string): Promise<number | undefined> {
    return (await this.repository(repository).hasBlob(digest)) ? await this.content.sizeOf(digest) : undefined;
  }

  async #linkedDigests(): Promise<Set<string>> {
    const digests = new Set<string>();
    for (const name of await this.#listFolders('')) {
      const links = this.repository(name);
      for (const digest of await links.listBlobs()) digests.add(digest);
      for (const digest of await links.listManifests()) digests.add(digest);
    }
    return digests;
  }

  async #listFolders(parent: string): Promise<string[]> {
    const found: string[] = [];
    for (const name of await listNames(join(this.#repositoriesFolder, parent))) {
      if (name.startsWith('_')) continue;
      const path = parent === '' ? name : `${parent}/${name}`;
      found.push(path, ...(await this.#listFolders(path)));
    }
    return found;
  }
}

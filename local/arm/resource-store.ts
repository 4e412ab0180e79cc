import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateFolder, replaceFile } from '../atomic-file.ts';
import type { Listed } from './paging.ts';

/**
 * The resources of one type: in memory, and one JSON file each in a folder. What `put` has resolved for survives any
 * end of the process. Keys become file names, so callers give only checked ones: letters, digits, `.`, `_` and `-`.
 */
export class ResourceStore<T extends Listed> {
  readonly #dir: string;
  readonly #items = new Map<string, T>();
  /** The last change of each key on disk: changes of one file happen one after another. */
  readonly #changes = new Map<string, Promise<void>>();

  #newestMs = 0;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** Reads what is there. Throws, naming the file, when one of them is not JSON. */
  static async open<T extends Listed>(dir: string): Promise<ResourceStore<T>> {
    await makePrivateFolder(dir);
    const store = new ResourceStore<T>(dir);
    for (const file of await readdir(dir)) await store.#load(file);
    return store;
  }

  get(key: string): T | undefined {
    return this.#items.get(key);
  }

  /** Those whose key begins with `prefix`, in no promised order. */
  list(prefix = ''): T[] {
    return [...this.#items.values()].filter((item) => item.key.startsWith(prefix));
  }

  /** A creation time for the next item, in milliseconds since 1970: now, and after every other item's. */
  nextCreationMs(): number {
    this.#newestMs = Math.max(Date.now(), this.#newestMs + 1);
    return this.#newestMs;
  }

  /** Adds or replaces; visible at once, kept when it resolves. When it rejects, what was there before is back. */
  async put(item: T): Promise<void> {
    const before = this.#items.get(item.key);
    this.#items.set(item.key, item);
    const text = JSON.stringify(item, null, 2);
    try {
      await this.#change(item.key, () => replaceFile(this.#fileOf(item.key), text));
    } catch (error) {
      if (this.#items.get(item.key) === item) this.#restore(item.key, before);
      throw error;
    }
  }

  /** Removes it, if it is there. */
  delete(key: string): Promise<void> {
    this.#items.delete(key);
    return this.#change(key, () => rm(this.#fileOf(key), { force: true }));
  }

  async #change(key: string, change: () => Promise<void>): Promise<void> {
    const before = this.#changes.get(key) ?? Promise.resolve();
    const after = before.catch(() => undefined).then(change);
    this.#changes.set(key, after);
    try {
      await after;
    } finally {
      if (this.#changes.get(key) === after) this.#changes.delete(key);
    }
  }

  async #load(file: string): Promise<void> {
    const path = join(this.#dir, file);
    if (file.endsWith('.tmp')) {
      await rm(path, { force: true });
    } else if (file.endsWith('.json')) {
      const item = parse<T>(await readFile(path, 'utf8'), path);
      this.#items.set(item.key, item);
      this.#newestMs = Math.max(this.#newestMs, item.createdAtMs);
    }
  }

  #restore(key: string, before: T | undefined): void {
    if (before === undefined) this.#items.delete(key);
    else this.#items.set(key, before);
  }

  #fileOf(key: string): string {
    return join(this.#dir, `${key}.json`);
  }
}

function parse<T>(text: string, path: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new Error(`${path} is not JSON; it was changed by hand or the disk is at fault: remove it`, { cause });
  }
}

import { isOpenPushWindow, openPushWindow, type PushWindow, pushWindowSchema } from '../../domain/route/push.ts';
import type { ContainerStore } from '../blobs/storage.ts';
import { JsonBlobs } from './blob-json.ts';

const currentOf = (route: string) => `pushes/${route}/current.json`;
const folderOf = (route: string, window: string) => `pushes/${route}/${window}/`;

/**
 * Pushes that wait to become a transfer: one blob for each entry of its list, named after the entry, so that a push that
 * is told twice is one; and for each route the window that is open. The container must be there.
 */
export class PushRecords {
  readonly #blobs: JsonBlobs;

  constructor(container: ContainerStore) {
    this.#blobs = new JsonBlobs(container);
  }

  /** The window that pushes of now go into; the first push after the last one's end opens it. */
  async openWindow(route: string, gatherMs: number): Promise<PushWindow> {
    const now = new Date();
    const found = await this.readWindow(route);
    if (found && isOpenPushWindow(found, now)) return found;
    return this.#blobs.update(currentOf(route), pushWindowSchema, (current) =>
      current && isOpenPushWindow(current, now) ? current : openPushWindow(route, now, gatherMs),
    );
  }

  /** The window that was opened last. */
  readWindow(route: string): Promise<PushWindow | undefined> {
    return this.#blobs.read(currentOf(route), pushWindowSchema);
  }

  /** Puts an entry into a window; one that is there is the same. `digest` is kept for people. */
  async add(route: string, window: string, entry: string, digest: string | null): Promise<void> {
    await this.#blobs.write(blobOf(route, window, entry), { entry, digest, toldAt: new Date().toISOString() });
  }

  /** The entries of a window, in the order of their text. */
  async list(route: string, window: string): Promise<string[]> {
    const entries: string[] = [];
    const prefix = folderOf(route, window);
    for await (const { name } of this.#blobs.container.list(prefix)) entries.push(entryOf(name.slice(prefix.length)));
    return entries.sort();
  }

  remove(route: string, window: string, entry: string): Promise<void> {
    return this.#blobs.container.delete(blobOf(route, window, entry));
  }

  /** The windows of a route that hold entries. */
  async listWindows(route: string): Promise<string[]> {
    const windows = new Set<string>();
    const prefix = `pushes/${route}/`;
    for await (const { name } of this.#blobs.container.list(prefix)) {
      const [window = '', entry] = name.slice(prefix.length).split('/');
      if (entry !== undefined) windows.add(window);
    }
    return [...windows];
  }
}

function blobOf(route: string, window: string, entry: string): string {
  return `${folderOf(route, window)}${Buffer.from(entry).toString('base64url')}`;
}

function entryOf(name: string): string {
  return Buffer.from(name, 'base64url').toString();
}

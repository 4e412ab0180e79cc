import { type Confirmed, confirmedSchema } from '../../domain/transfer/confirmed.ts';
import type { ContainerStore } from '../blobs/storage.ts';
import { JsonBlobs, type Read } from './blob-json.ts';

/** What the other side has confirmed of each route that hands over: `confirmed/{route}.json`, read again only when changed. */
export class ConfirmedRecords {
  readonly #blobs: JsonBlobs;
  readonly #known = new Map<string, Read<Confirmed>>();

  constructor(container: ContainerStore) {
    this.#blobs = new JsonBlobs(container);
  }

  /** Empty for a route of which nothing has come back. */
  async read(route: string): Promise<Confirmed> {
    const found = await this.#blobs.readUnlessKnown(blobOf(route), confirmedSchema, this.#known.get(route));
    if (found) this.#known.set(route, found);
    else this.#known.delete(route);
    return found?.value ?? {};
  }

  /** `change` may run several times. */
  async update(route: string, change: (confirmed: Confirmed) => Confirmed): Promise<void> {
    await this.#blobs.update(blobOf(route), confirmedSchema, (found) => change(found ?? {}));
  }
}

function blobOf(route: string): string {
  return `confirmed/${route}.json`;
}

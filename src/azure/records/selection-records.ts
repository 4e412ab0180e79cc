import { z } from 'zod';
import { type Selected, type Selection, selectedSchema, selectionSchema } from '../../domain/selection/selection.ts';
import { mapBounded } from '../../oci/parallel.ts';
import type { JsonBlobs } from './blob-json.ts';
import type { KnownBlobs } from './known-blobs.ts';

const PARALLEL_READS = 16;

const path = (id: string, name: string) => `transfers/${id}/${name}`;
const namesSchema = z.array(z.string());

/** What the selectors of transfers came to: `selection/*.json` while they are resolved, `selection.json` at the end. */
export class SelectionRecords {
  readonly #blobs: JsonBlobs;
  /** What never changes. */
  readonly #known: KnownBlobs;

  constructor(blobs: JsonBlobs, known: KnownBlobs) {
    this.#blobs = blobs;
    this.#known = known;
  }

  writeRepositories(id: string, repositories: readonly string[]): Promise<void> {
    return this.#blobs.write(path(id, 'selection/repositories.json'), repositories);
  }

  readRepositories(id: string): Promise<string[] | undefined> {
    return this.#blobs.read(path(id, 'selection/repositories.json'), namesSchema);
  }

  writeSelected(id: string, page: number, selected: Selected): Promise<void> {
    return this.#blobs.write(path(id, `selection/${page}.json`), selected);
  }

  async readSelected(id: string, pages: number): Promise<Selected> {
    const numbers = Array.from({ length: pages }, (_, index) => index + 1);
    const read = await mapBounded(numbers, PARALLEL_READS, (page) =>
      this.#blobs.read(path(id, `selection/${page}.json`), selectedSchema),
    );
    return read.flatMap((page) => page ?? []);
  }

  read(id: string): Promise<Selection | undefined> {
    return this.#known.read(path(id, 'selection.json'), selectionSchema);
  }

  /** Writes the selection once; one that is there stays. @returns the one that is in force */
  async create(id: string, selection: Selection): Promise<Selection> {
    const isNew = await this.#blobs.create(path(id, 'selection.json'), selection);
    return isNew ? selection : ((await this.read(id)) ?? selection);
  }
}

import { z } from 'zod';
import {
  type ImportDocument,
  importDocumentSchema,
  isFinalImport,
  isUntold,
  mayStillCome,
} from '../../domain/import/import-document.ts';
import { formatImportMarks, type ImportMarks, parseImportMarks } from '../../domain/import/import-marks.ts';
import type { ContainerStore } from '../blobs/storage.ts';
import { JsonBlobs } from './blob-json.ts';
import { Cursor } from './cursor.ts';
import { formatIndexEntry, type IndexEntry, listIndexEntries } from './index-entry.ts';

const ownerSchema = z.object({ id: z.string() });
const INDEX = 'import-index/';

/** An import in the list of all. */
export interface ImportEntry extends IndexEntry {
  /** Left out until somebody has looked into the import after its end. */
  marks?: ImportMarks | undefined;
}

const path = (id: string) => `imports/${id}.json`;
const openMarker = (id: string) => `open-imports/${id}`;
const runMarker = (run: string) => `import-runs/${run}`;

const indexEntry = (id: string, requestedAt: string) => `${INDEX}${formatIndexEntry(id, requestedAt)}`;

/**
 * The records of imports as blobs: `imports/{id}.json`, an entry under `import-index/` for each, a marker under
 * `open-imports/` for each that has not ended, whose webhook has not been told, or for which something may still come, and under `import-runs/` whose run
 * of the service is whose.
 */
export class ImportRecords {
  /** Where the retention timer stopped in the list. */
  readonly retentionCursor: Cursor;
  readonly #blobs: JsonBlobs;

  constructor(container: ContainerStore) {
    this.#blobs = new JsonBlobs(container);
    this.retentionCursor = new Cursor(this.#blobs, 'import-retention.json');
  }

  read(id: string): Promise<ImportDocument | undefined> {
    return this.#blobs.read(path(id), importDocumentSchema);
  }

  /**
   * Writes the record unless there is one of that id; marker and index entry first, so that none is ever without them.
   * @returns whether it was this call that wrote it
   */
  async create(document: ImportDocument): Promise<boolean> {
    await Promise.all([
      this.#blobs.write(openMarker(document.id), {}),
      this.#blobs.write(indexEntry(document.id, document.requestedAt), {}),
    ]);
    return this.#blobs.create(path(document.id), document);
  }

  /**
   * Changes the record and, when that ends or reopens the import, its marker and its place in the index, what leads to it
   * first; `change` may run several times. A record that is not there, or was deleted meanwhile, is never made.
   * @returns the record as it is now; `undefined` when there is none
   */
  async update(id: string, change: (document: ImportDocument) => ImportDocument): Promise<ImportDocument | undefined> {
    const found = await this.read(id);
    if (!found) return undefined;
    const next = change(found);
    const isReopened = isFinalImport(found) && !isFinalImport(next);
    const opens = isReopened || (!isOpen(found) && isOpen(next));
    if (opens) await this.#blobs.write(openMarker(id), {});
    if (next.requestedAt !== found.requestedAt) await this.#blobs.write(indexEntry(id, next.requestedAt), {});
    const changed = await this.#change(id, change);
    if (!changed) {
      if (opens) await this.closeOpen(id);
      return undefined;
    }
    if (changed.requestedAt !== found.requestedAt) {
      await this.#blobs.container.delete(indexEntry(id, found.requestedAt));
    }
    if (!isOpen(changed)) await this.closeOpen(id);
    return changed;
  }

  /** Writes nothing where `change` gives back what it got. */
  async #change(id: string, change: (document: ImportDocument) => ImportDocument): Promise<ImportDocument | undefined> {
    let same: ImportDocument | undefined;
    const written = await this.#blobs.change(path(id), importDocumentSchema, (now) => {
      const next = change(now);
      same = next === now ? now : undefined;
      return same ? undefined : next;
    });
    return written ?? same;
  }

  /** Ids of imports that have not ended, of which nobody has been told, or for which something may still come; some may have ended a moment ago. */
  async *listOpen(): AsyncIterable<string> {
    for await (const { name } of this.#blobs.container.list('open-imports/')) yield name.slice('open-imports/'.length);
  }

  closeOpen(id: string): Promise<void> {
    return this.#blobs.container.delete(openMarker(id));
  }

  /** The ids of all records: one request for each thousand. */
  async listIds(): Promise<Set<string>> {
    const ids = new Set<string>();
    for await (const { name } of this.#blobs.container.list('imports/')) {
      ids.add(name.slice('imports/'.length, -'.json'.length));
    }
    return ids;
  }

  /** Index entries newest first, after `continuation`; `requestedAt` in ISO 8601. */
  async *listIndex(continuation?: string): AsyncIterable<ImportEntry> {
    for await (const { metadata, ...entry } of listIndexEntries(this.#blobs.container, INDEX, continuation)) {
      yield { ...entry, marks: parseImportMarks(metadata) };
    }
  }

  /** The import an index entry stands for; `undefined` when the entry is a leftover. */
  async readIndexed({ entry, id }: Pick<IndexEntry, 'entry' | 'id'>): Promise<ImportDocument | undefined> {
    const document = await this.read(id);
    return document && indexEntry(id, document.requestedAt) === `${INDEX}${entry}` ? document : undefined;
  }

  /** The import that a run of the service belongs to: this one, unless another was first. */
  async takeRun(run: string, id: string): Promise<string> {
    if (await this.#blobs.create(runMarker(run), { id })) return id;
    return (await this.#blobs.read(runMarker(run), ownerSchema))?.id ?? id;
  }

  async ownerOfRun(run: string): Promise<string | undefined> {
    return (await this.#blobs.read(runMarker(run), ownerSchema))?.id;
  }

  /** The names of the service's runs that some import has taken. */
  async listTakenRuns(): Promise<Set<string>> {
    const runs = new Set<string>();
    for await (const { name } of this.#blobs.container.list('import-runs/'))
      runs.add(name.slice('import-runs/'.length));
    return runs;
  }

  /** Deletes all that is kept of an import, the record before what leads to it. */
  async delete({ id, requestedAt, runs }: Pick<ImportDocument, 'id' | 'requestedAt' | 'runs'>): Promise<void> {
    await this.#blobs.container.delete(path(id));
    for (const { run } of runs)
      if ((await this.ownerOfRun(run)) === id) await this.#blobs.container.delete(runMarker(run));
    await this.#blobs.container.delete(indexEntry(id, requestedAt));
    await this.closeOpen(id);
  }

  /** Keeps in the list what tells when something of an import is due; nothing where the entry is gone or was changed. */
  async markEntry({ entry }: Pick<IndexEntry, 'entry'>, marks: ImportMarks): Promise<void> {
    const blob = `${INDEX}${entry}`;
    const found = await this.#blobs.container.properties(blob);
    if (found) await this.#blobs.container.setMetadata(blob, formatImportMarks(marks), found.etag);
  }

  /** Removes an index entry that stands for nothing. */
  deleteEntry({ entry }: Pick<IndexEntry, 'entry'>): Promise<void> {
    return this.#blobs.container.delete(`${INDEX}${entry}`);
  }
}

function isOpen(document: ImportDocument): boolean {
  return !isFinalImport(document) || mayStillCome(document) || isUntold(document);
}

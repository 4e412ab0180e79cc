// Loaded into Azurite's process before Azurite. Azurite keeps its index in memory and saves it every few seconds, so a
// kill would take back what callers were told was done, which the real storage never does. Here every change of the
// index is in a journal beside it before anyone is told, and the journal's changes are made again when it is loaded.
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { applyJournal, formatEntry, type JournalEntry, type LokiDocument } from './azurite-journal.ts';

interface Database {
  filename: string;
}

interface Collection {
  name: string;
  data: LokiDocument[];
  ensureAllIndexes(force: boolean): void;
}

interface LokiModule {
  prototype: {
    getCollection(this: Database, name: string): Collection | null;
    loadJSON(this: Database & { collections: Collection[] }, text: string, options?: object): void;
    saveDatabaseInternal(this: Database, done?: (error?: unknown) => void): void;
  };
  Collection: {
    prototype: {
      insertOne(this: Collection, document: object, isBulk?: boolean): LokiDocument | undefined;
      update(this: Collection, document: LokiDocument | LokiDocument[]): unknown;
      remove(this: Collection, document: LokiDocument | LokiDocument[] | number): unknown;
      removeBatchByPositions(this: Collection, positions: number[]): unknown;
    };
  };
}

const fromAzurite = createRequire(createRequire(import.meta.url).resolve('azurite/package.json'));
const Loki = fromAzurite('lokijs') as LokiModule;

const databases = new WeakMap<Collection, Database>();
const files = new Map<string, number>();

/** The changes since the last save began, and those of a save that has not ended. */
const journalOf = ({ filename }: Database) => `${filename}.journal`;
const savingOf = ({ filename }: Database) => `${filename}.journal.saving`;

function record(collection: Collection, entries: JournalEntry[]): void {
  const database = databases.get(collection);
  if (database === undefined || entries.length === 0) return;
  const path = journalOf(database);
  const file = files.get(path) ?? openSync(path, 'a', 0o600);
  files.set(path, file);
  writeSync(file, entries.map(formatEntry).join(''));
}

/** From now on another journal is written; the one until now goes when its changes are saved. */
function turnJournal(database: Database): void {
  const path = journalOf(database);
  const file = files.get(path);
  if (file !== undefined) closeSync(file);
  files.delete(path);
  if (!existsSync(path)) return;
  if (!existsSync(savingOf(database))) renameSync(path, savingOf(database));
  else {
    appendFileSync(savingOf(database), readFileSync(path));
    rmSync(path);
  }
}

function readJournal(database: Database): string {
  const paths = [savingOf(database), journalOf(database)].filter((path) => existsSync(path));
  return paths.map((path) => readFileSync(path, 'utf8')).join('');
}

const { getCollection, loadJSON, saveDatabaseInternal } = Loki.prototype;

Loki.prototype.getCollection = function (name) {
  const collection = getCollection.call(this, name);
  if (collection !== null) databases.set(collection, this);
  return collection;
};

Loki.prototype.loadJSON = function (text, options) {
  const journal = readJournal(this);
  if (journal === '') return loadJSON.call(this, text, options);
  loadJSON.call(this, applyJournal(text, journal), options);
  for (const collection of this.collections) collection.ensureAllIndexes(true);
};

Loki.prototype.saveDatabaseInternal = function (done) {
  turnJournal(this);
  saveDatabaseInternal.call(this, (error) => {
    if (!error) rmSync(savingOf(this), { force: true });
    if (done) done(error);
    else if (error) throw error;
  });
};

const { insertOne, update, remove, removeBatchByPositions } = Loki.Collection.prototype;

Loki.Collection.prototype.insertOne = function (document, isBulk) {
  const put = insertOne.call(this, document, isBulk);
  if (put) record(this, [{ c: this.name, put }]);
  return put;
};

Loki.Collection.prototype.update = function (document) {
  const updated = update.call(this, document);
  // A list is updated one by one, each by a call of its own.
  if (!Array.isArray(document)) record(this, [{ c: this.name, put: document }]);
  return updated;
};

Loki.Collection.prototype.remove = function (document) {
  // Its id goes with it. Lists and numbers come here once more, or to removeBatchByPositions.
  const gone = typeof document === 'object' && !Array.isArray(document) ? document.$loki : undefined;
  const removed = remove.call(this, document);
  if (gone !== undefined) record(this, [{ c: this.name, gone }]);
  return removed;
};

Loki.Collection.prototype.removeBatchByPositions = function (positions) {
  const gone = positions.flatMap((position) => this.data[position]?.$loki ?? []);
  const removed = removeBatchByPositions.call(this, positions);
  record(
    this,
    gone.map((id) => ({ c: this.name, gone: id })),
  );
  return removed;
};

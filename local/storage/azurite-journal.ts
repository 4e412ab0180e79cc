/** A change of one document of Azurite's databases: what it is now, or that it is gone. */
export type JournalEntry = { c: string; put: LokiDocument } | { c: string; gone: number };

/** A document as Loki keeps it. */
export interface LokiDocument {
  $loki: number;
  [name: string]: unknown;
}

/** What of a saved Loki database matters here. */
interface LokiDump {
  collections: LokiCollectionDump[];
}

interface LokiCollectionDump {
  name: string;
  data: LokiDocument[];
  maxId: number;
}

/**
 * A saved database (JSON) with the journal's changes made to it (JSON; lines of {@link JournalEntry}). Changes that the
 * database has already do no harm. A last line that was broken off is left out: nobody was told of its change.
 */
export function applyJournal(database: string, journal: string): string {
  const dump = JSON.parse(database) as LokiDump;
  const documents = new Map(
    dump.collections.map(({ name, data }) => [name, new Map(data.map((one) => [one.$loki, one]))]),
  );
  for (const entry of parseJournal(journal)) {
    const collection = documents.get(entry.c);
    if ('put' in entry) collection?.set(entry.put.$loki, entry.put);
    else collection?.delete(entry.gone);
  }
  for (const collection of dump.collections) {
    collection.data = [...(documents.get(collection.name)?.values() ?? [])];
    collection.maxId = collection.data.reduce((max, { $loki }) => Math.max(max, $loki), collection.maxId);
  }
  return JSON.stringify(dump);
}

/** One line of the journal. */
export function formatEntry(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

function parseJournal(text: string): JournalEntry[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalEntry);
}

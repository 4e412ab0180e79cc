import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** One version of one blob for one function. */
export interface BlobVersion {
  functionName: string;
  container: string;
  blobName: string;
  etag: string;
}

/** How often a function is tried for a blob, as in the service. */
export const MAX_BLOB_TRIES = 5;

/** How far the runs for a version are. `started` outlives a killed process and counts as a try. */
export type ReceiptState = 'started' | 'failed' | 'done' | 'poison';

export interface Receipt {
  tries: number;
  state: ReceiptState;
}

/** Remembers which blobs were handed to which functions: one run for each version of a blob. */
export class BlobReceipts {
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #addPoison: StatementSync;

  constructor(database: DatabaseSync) {
    database.exec(`
      CREATE TABLE IF NOT EXISTS blobReceipts(
        functionName TEXT NOT NULL, container TEXT NOT NULL, blobName TEXT NOT NULL, etag TEXT NOT NULL,
        tries INTEGER NOT NULL, state TEXT NOT NULL,
        PRIMARY KEY(functionName, container, blobName, etag)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS poisonBlobs(
        rowId INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL);`);
    const key = 'functionName = ? AND container = ? AND blobName = ? AND etag = ?';
    this.#get = database.prepare(`SELECT tries, state FROM blobReceipts WHERE ${key}`);
    this.#put = database.prepare(`INSERT OR REPLACE INTO blobReceipts(
      functionName, container, blobName, etag, tries, state) VALUES(?, ?, ?, ?, ?, ?)`);
    this.#addPoison = database.prepare('INSERT INTO poisonBlobs(message, reason, at) VALUES(?, ?, ?)');
  }

  get({ functionName, container, blobName, etag }: BlobVersion): Receipt | undefined {
    return this.#get.get(functionName, container, blobName, etag) as Receipt | undefined;
  }

  put({ functionName, container, blobName, etag }: BlobVersion, { tries, state }: Receipt): void {
    this.#put.run(functionName, container, blobName, etag, tries, state);
  }

  /** Keeps what the service would put into its poison queue. */
  addPoison({ functionName, container, blobName, etag }: BlobVersion, reason: string): void {
    const message = {
      FunctionId: `Host.Functions.${functionName}`,
      BlobType: 'BlockBlob',
      ContainerName: container,
      BlobName: blobName,
      ETag: etag,
    };
    this.#addPoison.run(JSON.stringify(message), reason, new Date().toISOString());
  }
}

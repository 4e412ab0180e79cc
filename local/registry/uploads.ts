import type { Hash } from 'node:crypto';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ContentStore } from './content-store.ts';
import { RegistryError } from './errors.ts';
import type { DigestAlgorithm } from './grammar.ts';
import { splitDigest } from './grammar.ts';
import { Queue } from './queue.ts';

/** Where a chunk claims to belong. Bytes, both ends included. */
export interface ChunkRange {
  firstByte: number;
  lastByte: number;
}

/**
 * A blob on its way in. It is hashed while it is written, never held in memory; after a broken connection it goes on
 * from {@link sizeBytes}.
 */
export class UploadSession {
  readonly id = randomUUID();
  readonly repository: string;
  /** An opaque value in the upload's URL: who leaves out the URL's query is refused, as ACR does. */
  readonly state = randomUUID();
  readonly #content: ContentStore;
  readonly #path: string;
  readonly #queue = new Queue();
  #algorithm: DigestAlgorithm = 'sha256';
  #hash: Hash = createHash('sha256');
  #sizeBytes = 0;
  #isOpen = true;

  constructor(repository: string, content: ContentStore) {
    this.repository = repository;
    this.#content = content;
    this.#path = content.newStagingPath();
  }

  /** Bytes received, written and hashed. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Where the upload goes on and how far it is; the location is relative, so right under each name and port. */
  get progressHeaders(): Record<string, string> {
    const query = new URLSearchParams({ _nouploadcache: 'false', _state: this.state });
    return {
      location: `/v2/${this.repository}/blobs/uploads/${this.id}?${query}`,
      range: `0-${Math.max(0, this.#sizeBytes - 1)}`,
      'docker-upload-uuid': this.id,
    };
  }

  /**
   * Appends a request body. Throws `RANGE_INVALID` when `range` does not begin where the upload stands, and what the
   * stream throws: then the bytes before it stay. Calls wait for each other.
   */
  append(body: Readable, range?: ChunkRange): Promise<void> {
    return this.#exclusively(() => this.#append(body, range));
  }

  /**
   * Appends the rest and stores the blob, when all bytes together have the digest; else throws `DIGEST_INVALID` and
   * the upload is gone.
   */
  finish(body: Readable, digest: string, range?: ChunkRange): Promise<void> {
    const { algorithm } = splitDigest(digest);
    return this.#exclusively(async () => {
      this.#expect(algorithm);
      await this.#append(body, range);
      const found = await this.#digest(algorithm).catch((error: unknown) => {
        throw this.#isOpen ? error : this.#ended();
      });
      if (found !== digest) {
        await this.discard();
        throw new RegistryError('DIGEST_INVALID', `the bytes received have digest ${found}, not ${digest}`);
      }
      if (!this.#isOpen) throw this.#ended();
      this.#isOpen = false;
      await this.#content.commit(this.#path, digest);
    });
  }

  /** Gives up an open upload, also while a chunk arrives; one that has ended stays ended: `BLOB_UPLOAD_UNKNOWN`. */
  async cancel(): Promise<void> {
    if (!this.#isOpen) throw this.#ended();
    await this.discard();
  }

  /** Gives up the upload and its bytes. */
  async discard(): Promise<void> {
    this.#isOpen = false;
    await rm(this.#path, { force: true });
  }

  async #append(body: Readable, range?: ChunkRange): Promise<void> {
    if (range && range.firstByte !== this.#sizeBytes) throw this.#rangeError(range);
    const before = this.#sizeBytes;
    await this.#write(body);
    const lengthBytes = this.#sizeBytes - before;
    if (!range || lengthBytes === range.lastByte - range.firstByte + 1) return;
    await this.discard();
    throw new RegistryError(
      'SIZE_INVALID',
      `the chunk has ${lengthBytes} bytes, its Content-Range says ${range.firstByte}-${range.lastByte}`,
    );
  }

  async #write(body: Readable): Promise<void> {
    const file = await open(this.#path, 'a');
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        // Hashing runs on this thread while the write runs on another.
        const written = file.appendFile(chunk);
        this.#hash.update(chunk);
        await written.catch((error: unknown) => this.#breakOff(error));
        this.#sizeBytes += chunk.length;
      }
    } finally {
      await file.close();
    }
    if (this.#isOpen) return;
    // Canceled in between, perhaps before the file was there.
    await this.discard();
    throw this.#ended();
  }

  /** After a failed write, file and hash may differ: nothing can be appended to them any more. */
  async #breakOff(error: unknown): Promise<never> {
    await this.discard();
    throw error;
  }

  async #digest(algorithm: DigestAlgorithm): Promise<string> {
    if (algorithm === this.#algorithm) return `${algorithm}:${this.#hash.digest('hex')}`;
    const hash = createHash(algorithm);
    await pipeline(createReadStream(this.#path), hash);
    return `${algorithm}:${hash.digest('hex')}`;
  }

  /** Hashes by the algorithm that the end will ask for, where that is known before the first byte. */
  #expect(algorithm: DigestAlgorithm): void {
    if (this.#sizeBytes > 0 || algorithm === this.#algorithm) return;
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      if (!this.#isOpen) throw this.#ended();
      return work();
    });
  }

  #ended(): RegistryError {
    return new RegistryError('BLOB_UPLOAD_UNKNOWN', `upload ${this.id} has ended`);
  }

  #rangeError(range: ChunkRange): RegistryError {
    const message = `the chunk begins at byte ${range.firstByte}, the upload stands at byte ${this.#sizeBytes}`;
    return new RegistryError('RANGE_INVALID', message, { headers: this.progressHeaders });
  }
}

/** The uploads under way in one registry. They end with the process. */
export class UploadSessions {
  readonly #content: ContentStore;
  readonly #sessions = new Map<string, UploadSession>();

  constructor(content: ContentStore) {
    this.#content = content;
  }

  start(repository: string): UploadSession {
    const session = new UploadSession(repository, this.#content);
    this.#sessions.set(session.id, session);
    return session;
  }

  /** The open upload of this repository; throws `BLOB_UPLOAD_UNKNOWN`, or `BLOB_UPLOAD_INVALID` for a wrong `state`. */
  find(repository: string, id: string, state: string | null): UploadSession {
    const session = this.#sessions.get(id);
    if (session?.repository !== repository || !session.isOpen) {
      throw new RegistryError('BLOB_UPLOAD_UNKNOWN', `repository ${repository} has no upload ${id}`);
    }
    if (state !== session.state) {
      throw new RegistryError('BLOB_UPLOAD_INVALID', 'the upload URL lacks the _state that its Location header had');
    }
    return session;
  }

  /** Forgets an upload that ended. */
  forget(session: UploadSession): void {
    this.#sessions.delete(session.id);
  }
}

import { TransferError } from '../../domain/errors.ts';
import type { Descriptor } from '../descriptor.ts';
import { createLimiter } from '../parallel.ts';
import type { RegistryClient } from '../registry-client.ts';
import type { ImportProgress } from './import-progress.ts';
import type { Archive } from './read.ts';

/** The part of a registry client that blobs are imported with. */
export type BlobTarget = Pick<RegistryClient, 'uploadBlob' | 'mountBlob'>;

const CONCURRENCY = 6;

/**
 * Brings an archive's blobs into a registry, each once per repository however many artifacts share it, and read from the
 * archive only for its first repository where the registry can mount it into the others.
 */
export class BlobImporter {
  readonly #archive: Archive;
  readonly #target: BlobTarget;
  readonly #progress: ImportProgress;
  readonly #signal: AbortSignal | undefined;
  readonly #limiter = createLimiter(CONCURRENCY);
  readonly #arrivals = new Map<string, Promise<void>>();
  /** By digest, the arrival in the repository that took the blob first. */
  readonly #homes = new Map<string, { repository: string; arrival: Promise<void> }>();

  constructor(archive: Archive, target: BlobTarget, progress: ImportProgress, signal: AbortSignal | undefined) {
    this.#archive = archive;
    this.#target = target;
    this.#progress = progress;
    this.#signal = signal;
  }

  /** Settles when the repository has the blob, verified, or cannot get it. */
  bring(repository: string, blob: Descriptor): Promise<void> {
    const key = `${repository}@${blob.digest}`;
    const known = this.#arrivals.get(key);
    if (known !== undefined) return known;
    const home = this.#homes.get(blob.digest);
    const arrival = home === undefined ? this.#upload(repository, blob) : this.#mountOrUpload(repository, blob, home);
    this.#arrivals.set(key, arrival);
    if (home === undefined) this.#homes.set(blob.digest, { repository, arrival });
    return arrival;
  }

  async #mountOrUpload(
    repository: string,
    blob: Descriptor,
    home: { repository: string; arrival: Promise<void> },
  ): Promise<void> {
    const isAtHome = await home.arrival.then(
      () => true,
      () => false,
    );
    const isMounted = isAtHome && (await this.#limiter(() => this.#mount(repository, blob.digest, home.repository)));
    if (isMounted) this.#progress.report(repository, blob, blob.size);
    else await this.#upload(repository, blob);
  }

  /** A mount is only a short cut: who may not do it, or whose registry cannot, uploads. */
  async #mount(repository: string, digest: string, from: string): Promise<boolean> {
    try {
      return await this.#target.mountBlob(repository, digest, from);
    } catch (error) {
      if (error instanceof TransferError) return false;
      throw error;
    }
  }

  #upload(repository: string, blob: Descriptor): Promise<void> {
    return this.#limiter(async () => {
      this.#signal?.throwIfAborted();
      await this.#target.uploadBlob(repository, blob, () => this.#content(repository, blob));
      this.#progress.report(repository, blob, blob.size);
    });
  }

  async *#content(repository: string, blob: Descriptor): AsyncGenerator<Uint8Array, void, undefined> {
    let sentBytes = 0;
    // The upload verifies what it sends.
    for await (const chunk of this.#archive.readBlobUnchecked(blob.digest)) {
      this.#signal?.throwIfAborted();
      yield chunk;
      sentBytes += chunk.length;
      this.#progress.report(repository, blob, sentBytes);
    }
  }
}

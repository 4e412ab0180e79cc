import type { Descriptor } from '../descriptor.ts';

/**
 * Counts an import's blob bytes, each blob once per repository. Never runs backwards: what a retry sends again does not
 * count again, and a blob that was there counts whole.
 */
export class ImportProgress {
  readonly #onProgress: (doneBytes: number, totalBytes: number) => void;
  readonly #doneByBlob = new Map<string, number>();
  #doneBytes = 0;
  #totalBytes = 0;

  constructor(onProgress: (doneBytes: number, totalBytes: number) => void = () => undefined) {
    this.#onProgress = onProgress;
  }

  /** Adds a blob to what is to be done; the same blob in the same repository counts once. */
  expect(repository: string, blob: Descriptor): void {
    const key = `${repository}@${blob.digest}`;
    if (this.#doneByBlob.has(key)) return;
    this.#doneByBlob.set(key, 0);
    this.#totalBytes += blob.size;
  }

  /** So many bytes of the blob are done, counted from its start. */
  report(repository: string, blob: Descriptor, blobDoneBytes: number): void {
    const key = `${repository}@${blob.digest}`;
    const before = this.#doneByBlob.get(key) ?? 0;
    if (blobDoneBytes <= before) return;
    this.#doneByBlob.set(key, blobDoneBytes);
    this.#doneBytes += blobDoneBytes - before;
    this.#onProgress(this.#doneBytes, this.#totalBytes);
  }
}

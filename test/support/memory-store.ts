import { TransferError } from '../../src/domain/errors.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { TestImage } from './images.ts';
import { streamOf } from './streams.ts';

/** The reading half of a registry client over images in memory, with a record of what was read. */
export interface MemoryStore {
  /** Adds an image under a name, with everything below it. */
  add(repository: string, tag: string | undefined, image: TestImage): MemoryStore;
  fetchManifest(repository: string, reference: string): Promise<{ descriptor: Descriptor; bytes: Buffer }>;
  readBlob(
    repository: string,
    blob: Pick<Descriptor, 'digest' | 'size'>,
    range?: { offset: number; length: number },
  ): AsyncIterable<Uint8Array>;
  /** Digests of blobs, in the order that they were read. */
  blobReads: string[];
  blobs: Map<string, Buffer>;
}

/** An empty store. What it does not have is `MANIFEST_UNKNOWN` or `BLOB_UNKNOWN`, as in a registry. */
export function createMemoryStore(): MemoryStore {
  const manifests = new Map<string, TestImage>();
  const unknown = (code: string, what: string) => new TransferError(`no ${what}`, { class: 'artifact', code });
  const store: MemoryStore = {
    blobs: new Map(),
    blobReads: [],
    add(repository, tag, image) {
      manifests.set(`${repository}@${image.descriptor.digest}`, image);
      if (tag !== undefined) manifests.set(`${repository}@${tag}`, image);
      for (const [digest, bytes] of image.blobs) store.blobs.set(`${repository}@${digest}`, bytes);
      for (const child of image.children) store.add(repository, undefined, child);
      return store;
    },
    async fetchManifest(repository, reference) {
      const image = manifests.get(`${repository}@${reference}`);
      if (image === undefined) throw unknown('MANIFEST_UNKNOWN', `${repository}@${reference}`);
      const { mediaType } = image.descriptor;
      return { descriptor: { mediaType, digest: digestOf(image.bytes), size: image.bytes.length }, bytes: image.bytes };
    },
    readBlob(repository, blob, range = { offset: 0, length: blob.size }) {
      const bytes = store.blobs.get(`${repository}@${blob.digest}`);
      if (bytes === undefined) throw unknown('BLOB_UNKNOWN', blob.digest);
      store.blobReads.push(blob.digest);
      return streamOf(bytes.subarray(range.offset, range.offset + range.length));
    },
  };
  return store;
}

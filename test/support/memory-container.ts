import type { BlobProperties, ContainerStore } from '../../src/azure/blobs/storage.ts';

type TextBlobs = Pick<
  ContainerStore,
  'url' | 'urlOf' | 'ensureExists' | 'properties' | 'readText' | 'writeText' | 'setMetadata' | 'delete' | 'list'
>;

interface Kept {
  text: string;
  etag: string;
  metadata: Record<string, string>;
}

/** A container of text blobs in memory, with ETags and conditions as records need them; everything else is missing. */
export function memoryContainer(): ContainerStore {
  const blobs = new Map<string, Kept>();
  let writes = 0;
  const container: TextBlobs = {
    url: 'https://memory.test/records',
    urlOf: (blob) => `https://memory.test/records/${blob}`,
    async ensureExists() {},
    async properties(blob) {
      const found = blobs.get(blob);
      return found && propertiesOf(found);
    },
    async readText(blob) {
      const found = blobs.get(blob);
      return found && { text: found.text, etag: found.etag };
    },
    async setMetadata(blob, metadata, ifMatch) {
      const found = blobs.get(blob);
      if (found?.etag !== ifMatch) return 'conflict';
      writes += 1;
      blobs.set(blob, { ...found, etag: `"${writes}"`, metadata });
      return { etag: `"${writes}"` };
    },
    async writeText(blob, text, { ifMatch, ifNoneMatch, metadata = {} } = {}) {
      const found = blobs.get(blob);
      const isHeld = ifNoneMatch ? found === undefined : ifMatch === undefined || found?.etag === ifMatch;
      if (!isHeld) return 'conflict';
      writes += 1;
      const etag = `"${writes}"`;
      blobs.set(blob, { text, etag, metadata });
      return { etag };
    },
    async delete(blob) {
      blobs.delete(blob);
    },
    async *list(prefix = '') {
      for (const [name, found] of [...blobs].sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (name.startsWith(prefix)) yield { name, ...propertiesOf(found) };
      }
    },
  };
  return container as ContainerStore;
}

function propertiesOf({ text, etag, metadata }: Kept): BlobProperties {
  return { etag, sizeBytes: Buffer.byteLength(text), lastModified: '2026-01-01T00:00:00Z', metadata };
}

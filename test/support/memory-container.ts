import type { BlobProperties, ContainerStore } from '../../src/azure/storage.ts';

type TextBlobs = Pick<
  ContainerStore,
  'url' | 'ensureExists' | 'properties' | 'readText' | 'writeText' | 'delete' | 'list'
>;

/** A container of text blobs in memory, with ETags and conditions as records need them; everything else is missing. */
export function memoryContainer(): ContainerStore {
  const blobs = new Map<string, { text: string; etag: string }>();
  let writes = 0;
  const container: TextBlobs = {
    url: 'https://memory.test/records',
    async ensureExists() {},
    async properties(blob) {
      const found = blobs.get(blob);
      return found && propertiesOf(found);
    },
    readText: async (blob) => blobs.get(blob),
    async writeText(blob, text, { ifMatch, ifNoneMatch } = {}) {
      const found = blobs.get(blob);
      const isHeld = ifNoneMatch ? found === undefined : ifMatch === undefined || found?.etag === ifMatch;
      if (!isHeld) return 'conflict';
      writes += 1;
      const etag = `"${writes}"`;
      blobs.set(blob, { text, etag });
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

function propertiesOf({ text, etag }: { text: string; etag: string }): BlobProperties {
  return { etag, sizeBytes: Buffer.byteLength(text), lastModified: '2026-01-01T00:00:00Z', metadata: {} };
}

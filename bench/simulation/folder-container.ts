import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BlobProperties, ContainerStore } from '../../src/azure/blobs/storage.ts';

type TextBlobs = Pick<
  ContainerStore,
  'url' | 'ensureExists' | 'exists' | 'properties' | 'readText' | 'writeText' | 'delete' | 'list'
>;

/**
 * A container of text blobs as files of a folder, with ETags and conditions as records need them, so that what a
 * simulation writes takes no memory of the process that it measures. ETags count the writes of this process: one
 * process at a time may write. Everything else of a container is missing.
 */
export function folderContainer(folder: string): ContainerStore {
  const writes = new Map<string, number>();
  const fileOf = (blob: string) => join(folder, blob);
  const etagOf = (blob: string) => (existsSync(fileOf(blob)) ? `"${writes.get(blob) ?? 0}"` : undefined);
  const container: TextBlobs = {
    url: 'https://folder.test/records',
    ensureExists: async () => {},
    exists: async () => true,
    async properties(blob) {
      const etag = etagOf(blob);
      return etag === undefined ? undefined : propertiesOf(etag);
    },
    async readText(blob) {
      const etag = etagOf(blob);
      return etag === undefined ? undefined : { text: readFileSync(fileOf(blob), 'utf8'), etag };
    },
    async writeText(blob, text, { ifMatch, ifNoneMatch } = {}) {
      const found = etagOf(blob);
      if (ifNoneMatch && found !== undefined) return 'conflict';
      if (ifMatch && found !== ifMatch) return 'conflict';
      mkdirSync(dirname(fileOf(blob)), { recursive: true });
      writeFileSync(fileOf(blob), text);
      writes.set(blob, (writes.get(blob) ?? 0) + 1);
      return { etag: `"${writes.get(blob)}"` };
    },
    async delete(blob) {
      rmSync(fileOf(blob), { force: true });
    },
    async *list(prefix = '') {
      const under = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      if (!existsSync(fileOf(under))) return;
      for (const entry of readdirSync(fileOf(under), { recursive: true, withFileTypes: true })) {
        const name = join(entry.parentPath, entry.name).slice(folder.length + 1);
        if (entry.isFile() && name.startsWith(prefix)) yield { name, ...propertiesOf(etagOf(name) ?? '') };
      }
    },
  };
  return container as ContainerStore;
}

function propertiesOf(etag: string): BlobProperties {
  return { etag, sizeBytes: 0, lastModified: '2026-01-01T00:00:00Z', metadata: {} };
}

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BlobProperties, ContainerStore } from '../../src/azure/storage.ts';

type TextBlobs = Pick<
  ContainerStore,
  'url' | 'ensureExists' | 'exists' | 'properties' | 'readText' | 'writeText' | 'delete' | 'list'
>;

/**
 * A container of text blobs as files of a folder, with ETags and conditions as records need them, so that what a
 * simulation writes takes no memory of the process that it measures. Everything else of a container is missing.
 */
export function folderContainer(folder: string): ContainerStore {
  const fileOf = (blob: string) => join(folder, blob);
  const read = (blob: string) => (existsSync(fileOf(blob)) ? readFileSync(fileOf(blob), 'utf8') : undefined);
  const container: TextBlobs = {
    url: 'https://folder.test/records',
    ensureExists: async () => {},
    exists: async () => true,
    properties: async (blob) => propertiesOf(read(blob)),
    async readText(blob) {
      const text = read(blob);
      return text === undefined ? undefined : { text, etag: etagOf(text) };
    },
    async writeText(blob, text, { ifMatch, ifNoneMatch } = {}) {
      const found = ifMatch || ifNoneMatch ? read(blob) : undefined;
      if (ifNoneMatch && found !== undefined) return 'conflict';
      if (ifMatch && (found === undefined || etagOf(found) !== ifMatch)) return 'conflict';
      mkdirSync(dirname(fileOf(blob)), { recursive: true });
      writeFileSync(fileOf(blob), text);
      return { etag: etagOf(text) };
    },
    async delete(blob) {
      rmSync(fileOf(blob), { force: true });
    },
    async *list(prefix = '') {
      const under = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      if (!existsSync(fileOf(under))) return;
      for (const entry of readdirSync(fileOf(under), { recursive: true, withFileTypes: true }).filter(isFile)) {
        const name = join(entry.parentPath, entry.name).slice(folder.length + 1);
        if (name.startsWith(prefix)) yield { name, etag: '', sizeBytes: 0, lastModified: '', metadata: {} };
      }
    },
  };
  return container as ContainerStore;
}

function isFile(entry: { isFile(): boolean }): boolean {
  return entry.isFile();
}

function etagOf(text: string): string {
  return `"${createHash('md5').update(text).digest('hex')}"`;
}

function propertiesOf(text: string | undefined): BlobProperties | undefined {
  if (text === undefined) return undefined;
  const lastModified = '2026-01-01T00:00:00Z';
  return { etag: etagOf(text), sizeBytes: Buffer.byteLength(text), lastModified, metadata: {} };
}

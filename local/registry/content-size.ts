import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of all blobs and manifests in a registry's folder, each counted once; 0 where there is none yet. */
export async function contentSizeBytes(dir: string): Promise<number> {
  const entries = await readdir(join(dir, 'content'), { recursive: true, withFileTypes: true }).catch(() => []);
  let sizeBytes = 0;
  for (const entry of entries.filter((one) => one.isFile())) {
    // What is deleted meanwhile counts no more.
    sizeBytes += (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  }
  return sizeBytes;
}

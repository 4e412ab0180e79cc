import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ContainerClient } from '@azure/storage-blob';
import type { CarriedFile, CarrierItem } from './order.ts';

const BLOCK_BYTES = 8 * 1024 * 1024;
const PARALLEL_BLOCKS = 4;

/**
 * Copies a container's blobs to a folder, a file each, under their names. A file is there as a whole or not at all, and
 * has the blob's `Content-MD5`. Throws when it has not, or when a name is no plain file name.
 */
export async function takeFiles(container: ContainerClient, item: CarrierItem, disk: string): Promise<CarriedFile[]> {
  await mkdir(disk, { recursive: true });
  const taken: CarriedFile[] = [];
  for await (const { name, properties } of container.listBlobsFlat({ prefix: item.prefix })) {
    if (!isAsked(name, item)) continue;
    if (basename(name) !== name) throw new Error(`${container.url}/${name} is no plain file name.`);
    const part = join(disk, `${name}.part`);
    const blob = container.getBlobClient(name);
    await blob.downloadToFile(part);
    const file = await describeFile(part, name, blob.url);
    const expected = Buffer.from(properties.contentMD5 ?? []).toString('base64');
    if (expected !== '' && expected !== file.md5) {
      throw new Error(`${blob.url}: its Content-MD5 is ${expected}, what came has ${file.md5}.`);
    }
    await rename(part, join(disk, name));
    taken.push(file);
  }
  return taken;
}

/** Copies the files of a folder to a container, with their `Content-MD5` and the item's metadata, in name order. */
export async function bringFiles(container: ContainerClient, item: CarrierItem, disk: string): Promise<CarriedFile[]> {
  const names = (await readdir(disk)).filter((name) => name.startsWith(item.prefix) && isAsked(name, item)).sort();
  const brought: CarriedFile[] = [];
  for (const name of names) {
    const path = join(disk, name);
    const blob = container.getBlockBlobClient(name);
    const file = await describeFile(path, name, blob.url);
    await blob.uploadFile(path, {
      blockSize: BLOCK_BYTES,
      concurrency: PARALLEL_BLOCKS,
      blobHTTPHeaders: {
        blobContentMD5: Buffer.from(file.md5, 'base64'),
        ...(name.endsWith('.json') ? { blobContentType: 'application/json' } : {}),
      },
      ...(item.metadata ? { metadata: item.metadata } : {}),
    });
    brought.push(file);
  }
  return brought;
}

function isAsked(name: string, { endings }: CarrierItem): boolean {
  return endings.some((ending) => name.endsWith(ending));
}

async function describeFile(path: string, name: string, blob: string): Promise<CarriedFile> {
  const hash = createHash('md5');
  await pipeline(createReadStream(path), hash);
  return { name, bytes: (await stat(path)).size, md5: hash.digest('base64'), blob };
}

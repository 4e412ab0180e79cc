import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { z } from 'zod';

/** Names in a folder; none when the folder does not exist. */
export async function listNames(folder: string): Promise<string[]> {
  return (await unlessMissing(readdir(folder))) ?? [];
}

/** The value in a small JSON file, or `undefined` when there is none, or one that a power cut left unreadable. */
export async function readLink<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await unlessMissing(readFile(path, 'utf8'));
  return text === undefined ? undefined : schema.safeParse(parseJson(text)).data;
}

/**
 * Replaces a small JSON file as a whole. The temporary file lies in `stagingFolder`, on the same disk: beside the
 * others it could be taken for a link. Not synchronised with the disk: a power cut may undo it, a kill does not.
 */
export async function writeLink(path: string, value: unknown, stagingFolder: string): Promise<void> {
  const temporary = join(stagingFolder, randomUUID());
  await writeFile(temporary, JSON.stringify(value));
  await mkdir(dirname(path), { recursive: true });
  await rename(temporary, path);
}

/** Makes an empty file, whose name is all that it says. */
export async function touchLink(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await (await open(path, 'a')).close();
}

/** Removes a file; `false` when there was none. */
export async function removeLink(path: string): Promise<boolean> {
  return (await unlessMissing(rm(path).then(() => true))) ?? false;
}

/** What the file operation gives, or `undefined` when the file or a folder above it does not exist. */
export async function unlessMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

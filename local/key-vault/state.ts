import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makePrivateFolder, replaceFile } from '../atomic-file.ts';

const VERSION = z.object({
  version: z.string(),
  value: z.string(),
  enabled: z.boolean(),
  created: z.number(),
  updated: z.number(),
  nbf: z.number().optional(),
  exp: z.number().optional(),
  contentType: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
});
const SECRET = z.object({ versions: z.array(VERSION) });
const DELETED = SECRET.extend({ deletedDate: z.number(), scheduledPurgeDate: z.number() });
/** A private key as a JSON Web Key. */
export const KEY_JWK = z.looseObject({
  kty: z.enum(['EC', 'RSA']),
  crv: z.string().optional(),
  x: z.string().optional(),
  y: z.string().optional(),
  n: z.string().optional(),
  e: z.string().optional(),
  d: z.string(),
});
const KEY_VERSION = z.object({
  version: z.string(),
  enabled: z.boolean(),
  created: z.number(),
  updated: z.number(),
  jwk: KEY_JWK,
});
const STATE = z.object({
  secrets: z.record(z.string(), SECRET),
  deleted: z.record(z.string(), DELETED),
  /** Files of earlier versions have none. */
  keys: z.record(z.string(), z.object({ versions: z.array(KEY_VERSION) })).default({}),
});

/** One version of a secret. Times are whole seconds since 1970. */
export type SecretVersion = z.infer<typeof VERSION>;
/** A secret: its versions, oldest first. */
export type Secret = z.infer<typeof SECRET>;
/** A secret that was deleted and can be recovered. */
export type DeletedSecret = z.infer<typeof DELETED>;
/** One version of a key, its private half included. Times are whole seconds since 1970. */
export type KeyVersion = z.infer<typeof KEY_VERSION>;
/** Everything that a vault holds, by name. */
export type VaultState = z.infer<typeof STATE>;
/** What a caller may give for a version besides its value. */
export type SecretChange = Partial<Pick<SecretVersion, 'enabled' | 'nbf' | 'exp' | 'contentType' | 'tags'>>;

/** The state of one vault in one file, read at each use and replaced as a whole; changes happen one after another. */
export class VaultFile {
  readonly #path: string;
  #last: Promise<unknown> = Promise.resolve();

  /** `host` names the file inside `dir`. */
  constructor(dir: string, host: string) {
    this.#path = join(dir, `${host}.json`);
  }

  /** The state as it is on disk; a copy of the caller's own. */
  async read(): Promise<VaultState> {
    const text = await readIfThere(this.#path);
    if (text === undefined) return { secrets: {}, deleted: {}, keys: {} };
    try {
      return STATE.parse(JSON.parse(text));
    } catch (cause) {
      throw new Error(
        `${this.#path} is not what the local key vault wrote there: delete it to begin with an empty vault.`,
        { cause },
      );
    }
  }

  /** Reads, lets `change` alter the state, writes; nothing is written when `change` throws. */
  async change<T>(change: (state: VaultState) => T): Promise<T> {
    const run = this.#last.then(async () => {
      const state = await this.read();
      const result = change(state);
      await replaceFile(this.#path, `${JSON.stringify(state, null, 2)}\n`);
      return result;
    });
    this.#last = run.catch(() => undefined);
    return await run;
  }
}

/** The files of these vaults, in `dir`, which is made if need be. */
export async function openVaults(dir: string, hosts: readonly string[]): Promise<Map<string, VaultFile>> {
  await makePrivateFolder(dir);
  return new Map(hosts.map((host) => [host, new VaultFile(dir, host)]));
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makePrivateFolder, replaceFile } from '../atomic-file.ts';
import { CLOUD_NAMES, type CloudName, STORAGE_ACCOUNTS, STORAGE_CLOUD, type StorageAccountName } from '../names.ts';

const ACCOUNT = z.object({
  /** Base64. Either is good for shared keys and SAS tokens. */
  key1: z.string(),
  key2: z.string(),
  /** When each key was made, in milliseconds since 1970. */
  keyTimesMs: z.object({ key1: z.number(), key2: z.number() }),
  /** What delegation keys derive from; a new one revokes them all. */
  delegationSecret: z.string(),
  defaultAction: z.enum(['Allow', 'Deny']),
  /** Addresses that `Deny` lets in. */
  ipRules: z.array(z.string()),
  publicNetworkAccess: z.enum(['Enabled', 'Disabled']),
  allowSharedKeyAccess: z.boolean(),
  tags: z.record(z.string(), z.string()),
});

/** What ARM can change of a storage account. */
export type StorageAccount = z.infer<typeof ACCOUNT>;
export type KeyName = 'key1' | 'key2';

const FILE = z.record(z.string(), ACCOUNT);

/**
 * The storage accounts of the clouds: their keys and network rules, which ARM changes and the front asks. In memory,
 * and in one file that is replaced as a whole.
 */
export class StorageAccounts {
  readonly #path: string;
  readonly #items: Record<string, StorageAccount>;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, items: Record<string, StorageAccount>) {
    this.#path = path;
    this.#items = items;
  }

  /**
   * The accounts of some clouds, by default of both; `firstKeys` are the `key1` that accounts begin with. Throws, naming
   * the file, when it is not what was written.
   */
  static async open(
    dir: string,
    firstKeys: Readonly<Record<StorageAccountName, string>>,
    clouds: readonly CloudName[] = CLOUD_NAMES,
  ): Promise<StorageAccounts> {
    await makePrivateFolder(dir);
    const path = join(dir, 'accounts.json');
    const found = await readStored(path);
    const names = STORAGE_ACCOUNTS.filter((name) => clouds.includes(STORAGE_CLOUD[name]));
    const made = names.map((name) => [name, found[name] ?? newAccount(firstKeys[name])] as const);
    const accounts = new StorageAccounts(path, Object.fromEntries(made));
    await accounts.#keep();
    return accounts;
  }

  /** Whether the account is one of these clouds'. */
  has(name: StorageAccountName): boolean {
    return name in this.#items;
  }

  get(name: StorageAccountName): StorageAccount {
    const account = this.#items[name];
    if (!account) throw new Error(`no storage account ${name}`);
    return account;
  }

  /** Changes an account; counts at once, kept when it resolves. */
  async change(name: StorageAccountName, change: Partial<StorageAccount>): Promise<StorageAccount> {
    const changed = { ...this.get(name), ...change };
    this.#items[name] = changed;
    await this.#keep();
    return changed;
  }

  /** Makes one key anew: what was signed with the old one is worth nothing from now on. */
  regenerateKey(name: StorageAccountName, key: KeyName): Promise<StorageAccount> {
    const { keyTimesMs } = this.get(name);
    return this.change(name, { [key]: newKey(), keyTimesMs: { ...keyTimesMs, [key]: Date.now() } });
  }

  /** Makes every delegation key of the account worthless. */
  revokeDelegationKeys(name: StorageAccountName): Promise<StorageAccount> {
    return this.change(name, { delegationSecret: newKey() });
  }

  #keep(): Promise<void> {
    const text = `${JSON.stringify(this.#items, null, 2)}\n`;
    this.#last = this.#last.catch(() => undefined).then(() => replaceFile(this.#path, text));
    return this.#last;
  }
}

/** HMAC-SHA256 of a text with a base64 key, in base64: the one way that storage signs. */
export function signText(key: string, text: string): string {
  return createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8').digest('base64');
}

function newKey(): string {
  return randomBytes(64).toString('base64');
}

function newAccount(key1: string): StorageAccount {
  const nowMs = Date.now();
  return {
    key1,
    key2: newKey(),
    keyTimesMs: { key1: nowMs, key2: nowMs },
    delegationSecret: newKey(),
    defaultAction: 'Allow',
    ipRules: [],
    publicNetworkAccess: 'Enabled',
    allowSharedKeyAccess: true,
    tags: {},
  };
}

async function readStored(path: string): Promise<Record<string, StorageAccount>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return FILE.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${path} holds no storage accounts: delete it to begin with new keys.`, { cause });
  }
}

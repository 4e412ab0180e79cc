import type { TokenCredential } from '@azure/core-auth';
import { z } from 'zod';
import type { Side } from '../../domain/errors.ts';
import { parseRegistryId } from '../../domain/resource-id.ts';
import type { RouteSide } from '../../domain/route/route.ts';
import { type ArmCall, type ArmClient, createArmClient } from './arm-client.ts';
import { listArm } from './arm-list.ts';

const API_VERSION = '2023-05-01';
const ACCOUNT_ID =
  /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[^/]{1,90}\/providers\/Microsoft\.Storage\/storageAccounts\/[a-z0-9]{3,24}$/i;

/** A storage account as ARM describes it: who may reach it, and by what. */
export interface StorageAccount {
  id: string;
  name: string;
  /** `Enabled`, `Disabled` or `SecuredByPerimeter`. */
  publicNetworkAccess?: string | undefined;
  /** `Allow` or `Deny`: what becomes of callers that no network rule names. */
  defaultAction?: string | undefined;
  /** Default true. */
  allowsSharedKey: boolean;
}

/** One of an account's two keys. `value` is a secret: it goes into a signature, and nowhere else. */
export interface StorageAccountKey {
  /** `key1` or `key2`. */
  name: string;
  value: string;
  /** ISO 8601; changes when the key is regenerated. */
  createdAt?: string | undefined;
}

/** Storage accounts through ARM. All throw `TransferError`s, which never hold a key. */
export interface StorageAccountOperations {
  /** The account of that name in the registry's subscription; `undefined` when the caller sees none there. */
  find(name: string): Promise<StorageAccount | undefined>;
  /** The keys of an account, in any subscription. Throws a RangeError when it is no account's resource id. */
  listKeys(accountId: string): Promise<StorageAccountKey[]>;
}

/** Opens the accounts of one side of a route. `name` of the side appears in errors. */
export function createStorageAccountOperations(
  side: Pick<RouteSide, 'registry' | 'cloud'>,
  credential: TokenCredential,
  name?: Side,
): StorageAccountOperations {
  const client = createArmClient({ registryId: side.registry, cloud: side.cloud, credential, side: name });
  const subscription = parseRegistryId(side.registry)?.subscriptionId ?? '';
  return {
    find: (account) => find(client, subscription, account),
    listKeys: (accountId) => listKeys(client, accountId),
  };
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);
const accountSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  properties: z.looseObject({
    publicNetworkAccess: text,
    networkAcls: z.looseObject({ defaultAction: text }).nullish(),
    allowSharedKeyAccess: z.boolean().nullish(),
  }),
});
const keysSchema = z.looseObject({
  keys: z.array(z.looseObject({ keyName: z.string(), value: z.string(), creationTime: text })),
});

async function find(client: ArmClient, subscription: string, name: string): Promise<StorageAccount | undefined> {
  const path = `${client.endpoint}/subscriptions/${subscription}/providers/Microsoft.Storage/storageAccounts`;
  const call = { action: 'list the storage accounts', path: `${path}?api-version=${API_VERSION}` };
  for await (const account of listArm(client, call, accountSchema)) {
    if (account.name.toLowerCase() === name.toLowerCase()) return toAccount(account);
  }
  return undefined;
}

function toAccount({ id, name, properties }: z.infer<typeof accountSchema>): StorageAccount {
  return {
    id,
    name,
    publicNetworkAccess: properties.publicNetworkAccess,
    defaultAction: properties.networkAcls?.defaultAction,
    allowsSharedKey: properties.allowSharedKeyAccess ?? true,
  };
}

async function listKeys(client: ArmClient, accountId: string): Promise<StorageAccountKey[]> {
  if (!ACCOUNT_ID.test(accountId)) {
    throw new RangeError(`storage account ${accountId}; allowed: the resource id of a storage account`);
  }
  const path = `${client.endpoint}${encodeURI(accountId)}/listKeys?api-version=${API_VERSION}`;
  const call: ArmCall = { action: 'list the keys of the storage account', method: 'post', path, accept: [200] };
  const { keys } = client.parse(call, keysSchema, (await client.send(call)).body);
  return keys.map(({ keyName, value, creationTime }) => ({ name: keyName, value, createdAt: creationTime }));
}

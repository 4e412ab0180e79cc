import { z } from 'zod';
import type { May } from '../access/role-assignments.ts';
import {
  type CloudName,
  STORAGE_ACCOUNTS,
  STORAGE_CLOUD,
  type StorageAccountName,
  storageAccountId,
} from '../names.ts';
import type { StorageAccount, StorageAccounts as Store } from '../storage/accounts.ts';
import { methodNotAllowed, notEmulated, resourceNotFound } from './arm-error.ts';
import { authorize, verbOf } from './authorization.ts';
import type { ArmAnswer, ScopedCall } from './call.ts';
import { parseBody } from './request-body.ts';
import type { ResourceSummary } from './resource-filter.ts';
import { formatServiceTime } from './times.ts';

/** What a path of storage accounts names: one account, something done to it, or all of a group or subscription. */
export interface StorageAccountPath {
  scope: string;
  resourceGroup: string;
  account?: string;
  /** In lower case, such as `listkeys`. */
  action?: string;
}

const TYPE = 'Microsoft.Storage/storageAccounts';
const PATH =
  /^(\/subscriptions\/[^/]+(?:\/resourceGroups\/([^/]+))?)\/providers\/Microsoft\.Storage\/storageAccounts(?:\/([^/]+)(?:\/([^/]+))?)?$/i;

const onOff = z.enum(['Enabled', 'Disabled'], { error: 'Enabled, Disabled' });
const updateSchema = z.object({
  tags: z.record(z.string(), z.string(), { error: 'an object of texts' }).optional(),
  properties: z
    .object({
      publicNetworkAccess: onOff.optional(),
      allowSharedKeyAccess: z.boolean({ error: 'true, false' }).optional(),
      networkAcls: z
        .object({
          defaultAction: z.enum(['Allow', 'Deny'], { error: 'Allow, Deny' }).optional(),
          ipRules: z.array(z.object({ value: z.string() }), { error: 'a list of { value, action }' }).optional(),
        })
        .optional(),
    })
    .optional(),
});
const keySchema = z.object({ keyName: z.enum(['key1', 'key2'], { error: 'key1, key2' }) });

/** The parts of a path of storage accounts (decoded, without a trailing slash), or `undefined`. */
export function parseStorageAccountPath(pathname: string): StorageAccountPath | undefined {
  const [match, group = '', resourceGroup = '', account, action] = PATH.exec(pathname) ?? [];
  if (match === undefined) return undefined;
  if (account === undefined) return { scope: group, resourceGroup };
  const scope = `${group}/providers/${TYPE}/${account}`;
  return { scope, resourceGroup, account, ...(action === undefined ? {} : { action: action.toLowerCase() }) };
}

/** Answers GET, PATCH, lists, `listKeys`, `regenerateKey` and `revokeUserDelegationKeys` of the storage accounts. */
export class StorageAccounts {
  readonly #store: Store;
  readonly #may: May;

  constructor(store: Store, may: May) {
    this.#store = store;
    this.#may = may;
  }

  async answer(call: ScopedCall, path: StorageAccountPath): Promise<ArmAnswer> {
    if (path.account === undefined) return this.#list(call, path);
    const end = path.action === undefined ? verbOf(call.method) : `${path.action}/action`;
    authorize(this.#may, call.caller, `${TYPE}/${end}`, path.scope);
    const name = find(path);
    if (path.action !== undefined) return this.#act(call, name, path.action);
    if (call.method === 'GET') return { status: 200, body: format(name, this.#store.get(name)) };
    if (call.method !== 'PATCH') throw notEmulated(call.method, call.url.pathname);
    const change = parseChange(await call.readBody(), this.#store.get(name));
    return { status: 200, body: format(name, await this.#store.change(name, change)) };
  }

  /** A list holds what the caller may see, which may be nothing. */
  #list({ method, cloud, caller }: ScopedCall, { scope }: StorageAccountPath): ArmAnswer {
    if (method !== 'GET') throw methodNotAllowed(method);
    const isListed = (name: StorageAccountName, id: string) =>
      STORAGE_CLOUD[name] === cloud &&
      id.toLowerCase().startsWith(`${scope}/`.toLowerCase()) &&
      this.#may(caller.oid, id, { control: `${TYPE}/read` });
    const names = STORAGE_ACCOUNTS.filter((name) => isListed(name, storageAccountId(name)));
    return { status: 200, body: { value: names.map((name) => format(name, this.#store.get(name))) } };
  }

  /** The accounts of a cloud as the list of all resources has them. */
  summaries(cloud: CloudName): ResourceSummary[] {
    const names = STORAGE_ACCOUNTS.filter((name) => STORAGE_CLOUD[name] === cloud && this.#store.has(name));
    return names.map((name) => summarize(name, this.#store.get(name)));
  }

  async #act(call: ScopedCall, name: StorageAccountName, action: string): Promise<ArmAnswer> {
    if (call.method !== 'POST') throw methodNotAllowed(call.method);
    if (action === 'listkeys') return { status: 200, body: formatKeys(this.#store.get(name)) };
    if (action === 'regeneratekey') {
      const { keyName } = parseBody(keySchema, await call.readBody());
      return { status: 200, body: formatKeys(await this.#store.regenerateKey(name, keyName)) };
    }
    if (action !== 'revokeuserdelegationkeys') throw notEmulated(call.method, call.url.pathname);
    await this.#store.revokeDelegationKeys(name);
    return { status: 200 };
  }
}

function find({ scope, resourceGroup, account = '' }: StorageAccountPath): StorageAccountName {
  const found = STORAGE_ACCOUNTS.find((name) => storageAccountId(name).toLowerCase() === scope.toLowerCase());
  if (found) return found;
  throw resourceNotFound({ type: TYPE, path: account, resourceGroup });
}

/** What a PATCH changes; network rules that it leaves out stay, the list of addresses is replaced as a whole. */
function parseChange(body: unknown, account: StorageAccount): StorageAccount {
  const { tags = account.tags, properties = {} } = parseBody(updateSchema, body);
  const { networkAcls = {} } = properties;
  return {
    ...account,
    tags,
    publicNetworkAccess: properties.publicNetworkAccess ?? account.publicNetworkAccess,
    allowSharedKeyAccess: properties.allowSharedKeyAccess ?? account.allowSharedKeyAccess,
    defaultAction: networkAcls.defaultAction ?? account.defaultAction,
    ipRules: networkAcls.ipRules?.map(({ value }) => value) ?? account.ipRules,
  };
}

function summarize(name: StorageAccountName, { tags }: StorageAccount): ResourceSummary {
  const sku = { name: 'Standard_LRS', tier: 'Standard' };
  return { id: storageAccountId(name), name, type: TYPE, location: 'local', kind: 'StorageV2', sku, tags };
}

function format(name: StorageAccountName, account: StorageAccount) {
  const { key1, key2 } = account.keyTimesMs;
  return {
    ...summarize(name, account),
    properties: {
      provisioningState: 'Succeeded',
      primaryEndpoints: { blob: `https://${name}.blob.${STORAGE_CLOUD[name]}.test/` },
      publicNetworkAccess: account.publicNetworkAccess,
      allowSharedKeyAccess: account.allowSharedKeyAccess,
      allowBlobPublicAccess: false,
      supportsHttpsTrafficOnly: true,
      networkAcls: {
        bypass: 'None',
        defaultAction: account.defaultAction,
        virtualNetworkRules: [],
        ipRules: account.ipRules.map((value) => ({ value, action: 'Allow' })),
      },
      keyCreationTime: { key1: formatServiceTime(key1), key2: formatServiceTime(key2) },
    },
  };
}

function formatKeys(account: StorageAccount) {
  const keys = (['key1', 'key2'] as const).map((keyName) => ({
    keyName,
    value: account[keyName],
    permissions: 'FULL',
    creationTime: formatServiceTime(account.keyTimesMs[keyName]),
  }));
  return { keys };
}

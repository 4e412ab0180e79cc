import type { RoleMode } from '../../local/access/role-mode.ts';
import type { Action } from '../../local/access/roles.ts';
import type { CallRecord } from '../../local/calls/call.ts';
import {
  cloudOfHost,
  containerIdOf,
  registryIdOf,
  resourcesOf,
  type StorageAccountName,
  storageAccountId,
  vaultIdOf,
} from '../../local/names.ts';
import { actionBehind } from '../../local/registry/roles.ts';
import { operationOf } from '../../local/storage/operation.ts';

/** What a call needs of the roles of who made it: an action at a scope (a resource id). */
export interface Need {
  principalId: string;
  scope: string;
  action: Action;
}

/** What reads of a registry ask of its tokens, by operation; those for tokens themselves need any right at all. */
const REGISTRY_RIGHTS: Readonly<Record<string, string>> = {
  GetManifest: 'pull',
  HeadManifest: 'pull',
  ListReferrers: 'pull',
  ListTags: 'metadata_read',
  ListRepositories: 'catalog',
};
const OF_ANY_RIGHT = ['ExchangeToken', 'GetToken', 'GetVersion'];
const PRINCIPAL = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What a recorded call needs of roles; nothing where roles do not decide (a managed identity's own tokens, account
 * keys, a token that a SAS refused, a registry's admin). A delegation SAS can do what its signer may, so the signer
 * needs the role. @throws for a call of an identity that no rule here knows
 */
export function needsOf(call: CallRecord, modeOf: (registryId: string) => RoleMode): Need[] {
  const principalId = call.identity.replace(/^sas:delegation:/, '');
  if (!PRINCIPAL.test(principalId) || call.service === 'identity') return [];
  const isToken = principalId !== call.identity;
  if (isToken && call.status === 403) return [];
  if (call.service === 'arm') return [{ principalId, ...armNeed(call) }];
  if (call.service === 'vault') return [{ principalId, ...vaultNeed(call) }];
  if (call.service === 'blob') return blobNeeds(call).map((need) => ({ principalId, ...need }));
  return registryNeeds(call, modeOf).map((need) => ({ principalId, ...need }));
}

function armNeed({ host, path, operation }: CallRecord): Omit<Need, 'principalId'> {
  // A list holds what the caller may see: what counts is that it may see the account.
  if (/\/storageAccounts$/i.test(path)) {
    const { account } = resourcesOf(cloudOfHost(host) ?? 'source');
    return { scope: storageAccountId(account), action: { control: operation } };
  }
  const scope = path.replace(/\/providers\/Microsoft\.Authorization\/.*$/i, '').replace(/\/listKeys$/i, '');
  return { scope, action: { control: operation } };
}

function vaultNeed({ host, path, operation }: CallRecord): Omit<Need, 'principalId'> {
  const [, kind, name] = path.split('/');
  return { scope: [vaultIdOf(host), kind, name].filter(Boolean).join('/'), action: { data: operation } };
}

function blobNeeds({ method, host, path, query, copySource }: CallRecord): Omit<Need, 'principalId'>[] {
  const own = blobNeed(method, new URL(`https://${host}${path}${query}`));
  // The account of the target reads the source with a token that the caller signed.
  return copySource === undefined ? [own] : [own, blobNeed('GET', new URL(copySource))];
}

function blobNeed(method: string, url: URL): Omit<Need, 'principalId'> {
  const account = url.hostname.split('.')[0] as StorageAccountName;
  const { container, action } = operationOf(method, url);
  return { scope: container === undefined ? storageAccountId(account) : containerIdOf(account, container), action };
}

function registryNeeds({ host, operation }: CallRecord, modeOf: (id: string) => RoleMode): Omit<Need, 'principalId'>[] {
  if (OF_ANY_RIGHT.includes(operation)) return [];
  const scope = registryIdOf(host.replace(/:\d+$/, ''));
  const action = actionBehind(modeOf(scope), REGISTRY_RIGHTS[operation] ?? '');
  if (!action) throw new Error(`${operation} at ${host}: no rule says which right that needs`);
  return [{ scope, action }];
}

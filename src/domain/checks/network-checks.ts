import type { Side } from '../errors.ts';
import type { SasFacts } from '../sas/sas.ts';
import { type Check, judge } from './check.ts';

/** A storage account as its checks see it. */
export interface AccountFacts {
  id: string;
  /** `Enabled`, `Disabled` or `SecuredByPerimeter`; absent means the first. */
  publicNetworkAccess: string | undefined;
  /** `Allow` or `Deny`; absent means the first. */
  defaultAction: string | undefined;
  allowsSharedKey: boolean;
}

/** Network rules that keep ACR out, and keys that are forbidden though the token (`kind`) needs one. */
export function judgeAccount(side: Side, account: AccountFacts, kind: SasFacts['kind'] | undefined): Check[] {
  const { publicNetworkAccess = 'Enabled', defaultAction = 'Allow', allowsSharedKey } = account;
  const network = judge({
    code: 'STORAGE_NETWORK_BLOCKED',
    side,
    holds: publicNetworkAccess === 'Enabled' && defaultAction === 'Allow',
    found: `publicNetworkAccess ${publicNetworkAccess}, default action ${defaultAction}`,
    needed: 'a storage account that is open to the public network',
    remedy: 'Set the default action of the network rules to Allow: ACR is no trusted service for storage.',
  });
  if (kind === undefined || kind === 'userDelegation') return [network];
  const keys = judge({
    code: 'STORAGE_KEYS_FORBIDDEN',
    side,
    holds: allowsSharedKey,
    found: `allowSharedKeyAccess ${allowsSharedKey}, token of kind ${kind}`,
    needed: 'allowSharedKeyAccess, or a token that no account key has signed',
    remedy: 'Set sas.kind of the route to userDelegation and rotate, or allow shared key access.',
  });
  return [network, keys];
}

/** An account that could not be read: what its network rules say stays unknown. */
export function accountUnreadable(side: Side, account: string, said: string): Check {
  return judge({
    code: 'STORAGE_ACCOUNT_UNREADABLE',
    side,
    holds: false,
    otherwise: 'warning',
    found: `storage account ${account} was not read: ${said}`,
    needed: 'network rules that can be read',
    remedy: "Give the app's identity Reader on the storage account (Microsoft.Storage/storageAccounts/read).",
  });
}

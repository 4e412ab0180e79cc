import { randomBytes } from 'node:crypto';
import type { StorageAccount } from '../../../../local/storage/accounts.ts';

/** The settings of an account with keys of its own and no rules. */
export function newSettings(): StorageAccount {
  const key = () => randomBytes(64).toString('base64');
  return {
    key1: key(),
    key2: key(),
    keyTimesMs: { key1: 0, key2: 0 },
    delegationSecret: key(),
    defaultAction: 'Allow',
    ipRules: [],
    publicNetworkAccess: 'Enabled',
    allowSharedKeyAccess: true,
    tags: {},
  };
}

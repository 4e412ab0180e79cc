import { z } from 'zod';
import { isStorageAccountId } from '../resource-id.ts';

const storageAccount = z
  .string()
  .refine(
    isStorageAccountId,
    'allowed: /subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}',
  );
const keyDays = z.number().int().min(1).max(365);

/**
 * How SAS tokens for a pipeline are made: signed with a user delegation key (7 days at most), or with a key of the
 * storage account, for the container or for the account, or by a stored access policy of the container. A policy
 * needs an account key: a user-delegation token cannot name one.
 */
export const sasSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('userDelegation'), days: z.number().int().min(1).max(6) }),
    z.strictObject({ kind: z.literal('accountKey'), days: keyDays, account: storageAccount }),
    z.strictObject({ kind: z.literal('account'), days: keyDays, account: storageAccount }),
    z.strictObject({
      kind: z.literal('storedPolicy'),
      days: keyDays,
      account: storageAccount,
      policy: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'allowed: 1 to 64 letters, digits, - and _'),
    }),
  ],
  { error: 'allowed: userDelegation, accountKey, account, storedPolicy' },
);
export type SasSettings = z.infer<typeof sasSchema>;

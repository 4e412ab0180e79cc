import {
  AccountSASPermissions,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
  type UserDelegationKey,
} from '@azure/storage-blob';
import fc from 'fast-check';
import type { AccessWorld } from './access-world.ts';

/** What a generated SAS token is like. Times are minutes from now, far enough from it for a slow machine. */
export interface TokenRecipe {
  kind: 'service' | 'account' | 'delegation' | 'policy';
  permissions: string;
  startsInMinutes: number | undefined;
  expiresInMinutes: number;
  protocol: SASProtocol | undefined;
  services: string;
  resourceTypes: string;
  container: 'transfer' | 'other';
  key: 'key1' | 'key2' | 'wrong';
}

/** Name of a stored access policy of `transfer`, which has every permission and lives for hours. */
export const POLICY = 'everything';
const MINUTE_MS = 60_000;

/** Weighted to good values: otherwise nearly every token would be refused for the first of many reasons. */
export const recipes: fc.Arbitrary<TokenRecipe> = fc.record({
  kind: fc.constantFrom('service', 'account', 'delegation', 'policy'),
  permissions: fc.oneof(
    fc.constantFrom('rawl', 'rl', 'rdl', 'rawdl'),
    fc.subarray([...'rawdl'], { minLength: 1 }).map((letters) => letters.join('')),
  ),
  startsInMinutes: mostly<number | undefined>([undefined, -60, -5], [60]),
  expiresInMinutes: mostly([90, 30, 10], [-1, -30]),
  protocol: fc.constantFrom(undefined, SASProtocol.Https, SASProtocol.HttpsAndHttp),
  services: mostly(['b', 'bqtf'], ['q', 'tf']),
  resourceTypes: mostly(['co', 'sco'], ['o', 'c', 's', 'so']),
  container: mostly<TokenRecipe['container']>(['transfer'], ['other']),
  key: mostly<TokenRecipe['key']>(['key1', 'key2'], ['wrong']),
});

function mostly<T>(good: T[], other: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { arbitrary: fc.constantFrom(...good), weight: 6 },
    { arbitrary: fc.constantFrom(...other), weight: 1 },
  );
}

/** The token of a recipe, as the SDK signs it. `delegationKey` covers every time that a recipe names. */
export function mintToken(world: AccessWorld, recipe: TokenRecipe, delegationKey: UserDelegationKey): string {
  const { kind, permissions, startsInMinutes, expiresInMinutes, protocol } = recipe;
  const at = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS);
  const start = startsInMinutes === undefined ? {} : { startsOn: at(startsInMinutes) };
  const times = { ...start, expiresOn: at(expiresInMinutes), protocol };
  const shared = sharedKeyOf(world, recipe);
  if (kind === 'account') {
    const { services, resourceTypes } = recipe;
    const values = { ...times, services, resourceTypes, permissions: AccountSASPermissions.parse(permissions) };
    return generateAccountSASQueryParameters(values, shared).toString();
  }
  const containerName = recipe.container;
  if (kind === 'policy') {
    return generateBlobSASQueryParameters({ containerName, identifier: POLICY, protocol }, shared).toString();
  }
  const values = { ...times, containerName, permissions: ContainerSASPermissions.parse(permissions) };
  if (kind === 'service') return generateBlobSASQueryParameters(values, shared).toString();
  const value = recipe.key === 'wrong' ? shared.computeHMACSHA256('another key') : delegationKey.value;
  return generateBlobSASQueryParameters(values, { ...delegationKey, value }, 'srcstore').toString();
}

/** Whether the token is for this container, and by a key that is good: what no token shows of itself. */
export function isGenuine({ kind, key, container }: TokenRecipe): boolean {
  return key !== 'wrong' && (kind === 'account' || container === 'transfer');
}

function sharedKeyOf({ accounts }: AccessWorld, { key }: TokenRecipe): StorageSharedKeyCredential {
  const { key1, key2 } = accounts.get('srcstore');
  const wrong = Buffer.alloc(64, 1).toString('base64');
  return new StorageSharedKeyCredential('srcstore', { key1, key2, wrong }[key]);
}

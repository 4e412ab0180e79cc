import type { TokenCredential } from '@azure/core-auth';
import {
  BlobSASPermissions,
  BlobServiceClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  SASProtocol,
  type UserDelegationKey,
} from '@azure/storage-blob';
import type { ContainerHandle } from '../blobs/container-handle.ts';
import { storagePipeline } from '../client-policy.ts';

/** Allows for clocks that differ: a key that starts "now" may not have started at the service. */
const CLOCK_SKEW_MS = 5 * 60_000;
const KEY_LIFE_MS = 6 * 3_600_000;
/** The service's limit for user delegation keys, from now to their end. */
const MAX_KEY_LIFE_MS = 7 * 86_400_000;

interface KeptKey {
  expiresAtMs: number;
  key: Promise<UserDelegationKey>;
}
const keptKeys = new WeakMap<TokenCredential, Map<string, KeptKey>>();

/** See `ContainerStore.createReadSas`. */
export async function createReadSas(
  handle: ContainerHandle,
  credential: TokenCredential,
  blob: string,
  lifeMinutes: number,
): Promise<string> {
  const nowMs = Date.now();
  const expiresAtMs = nowMs + lifeMinutes * 60_000;
  if (!(lifeMinutes >= 1) || expiresAtMs > nowMs + MAX_KEY_LIFE_MS - CLOCK_SKEW_MS) {
    throw new RangeError(
      `life of ${lifeMinutes} minutes; allowed: 1 to 10,000, since delegation keys end after 7 days`,
    );
  }
  const { accountName, containerName } = handle.client;
  const key = await keyUntil(handle, credential, nowMs, expiresAtMs);
  return generateBlobSASQueryParameters(
    {
      containerName,
      blobName: blob,
      permissions: BlobSASPermissions.from({ read: true }),
      expiresOn: new Date(expiresAtMs),
      protocol: SASProtocol.Https,
    },
    key,
    accountName,
  ).toString();
}

/** A container's SAS token with a new key of exactly its life. Throws a RangeError beyond the service's 7 days. */
export async function signContainerSas(
  handle: ContainerHandle,
  credential: TokenCredential,
  options: { permissions: string; startsAt: Date; expiresAt: Date },
): Promise<string> {
  const { permissions, startsAt, expiresAt } = options;
  const lifeMs = expiresAt.getTime() - startsAt.getTime();
  if (!(lifeMs > 0) || lifeMs > MAX_KEY_LIFE_MS) {
    const found = `${startsAt.toISOString()} to ${expiresAt.toISOString()}`;
    throw new RangeError(`life of a token from ${found}; allowed: up to 7 days, the life of a user delegation key`);
  }
  const { accountName, containerName } = handle.client;
  const key = await requestKey(handle, credential, startsAt, expiresAt);
  return generateBlobSASQueryParameters(
    {
      containerName,
      permissions: ContainerSASPermissions.parse(permissions),
      startsOn: startsAt,
      expiresOn: expiresAt,
      protocol: SASProtocol.Https,
    },
    key,
    accountName,
  ).toString();
}

/** One key serves all tokens of an account that end before it does; parallel callers share one request. */
async function keyUntil(handle: ContainerHandle, credential: TokenCredential, nowMs: number, untilMs: number) {
  const accountUrl = accountUrlOf(handle);
  const keys = keptKeys.get(credential) ?? new Map<string, KeptKey>();
  keptKeys.set(credential, keys);
  const kept = keys.get(accountUrl);
  if (kept && kept.expiresAtMs >= untilMs) return kept.key;
  const expiresAtMs = Math.max(nowMs + KEY_LIFE_MS, untilMs);
  const key = requestKey(handle, credential, new Date(nowMs - CLOCK_SKEW_MS), new Date(expiresAtMs));
  keys.set(accountUrl, { expiresAtMs, key });
  try {
    return await key;
  } catch (error) {
    if (keys.get(accountUrl)?.key === key) keys.delete(accountUrl);
    throw error;
  }
}

function requestKey(
  handle: ContainerHandle,
  credential: TokenCredential,
  startsAt: Date,
  expiresAt: Date,
): Promise<UserDelegationKey> {
  const service = new BlobServiceClient(accountUrlOf(handle), storagePipeline(credential));
  return handle.call({ action: 'get a user delegation key for tokens' }, (abortSignal) =>
    service.getUserDelegationKey(startsAt, expiresAt, { abortSignal }),
  );
}

function accountUrlOf(handle: ContainerHandle): string {
  return handle.url.replace(/\/[^/]*$/, '');
}

import type { CloudName, StorageAccountName } from '../names.ts';
import { STORAGE_ACCOUNTS, STORAGE_CLOUD, TENANT_ID } from '../names.ts';
import type { TokenAuthority, TokenClaims } from '../tokens.ts';
import type { Refusal } from './storage-error.ts';

/** The audience that every storage account takes tokens for, in every cloud. */
export const STORAGE_AUDIENCE = 'https://storage.azure.com';

/** The account whose host name this is (`srcstore.blob.source.test`), in its own cloud; else `undefined`. */
export function accountOfHost(hostname: string): StorageAccountName | undefined {
  return STORAGE_ACCOUNTS.find((account) => hostname === `${account}.blob.${STORAGE_CLOUD[account]}.test`);
}

/** 404: the real name would not resolve; a server can only say so. */
export function unknownAccount(hostname: string): Refusal {
  return {
    status: 404,
    code: 'ResourceNotFound',
    message: `There is no storage account ${hostname} in the local clouds.`,
  };
}

/** What an `Authorization` header proves: nothing to check here, claims of a good token, or a refusal. */
export type BearerCheck =
  | { kind: 'none' }
  | { kind: 'token'; claims: TokenClaims }
  | { kind: 'refused'; refusal: Refusal };

/**
 * Checks a bearer token's signature, times and audience (storage in general, or this one account), which Azurite does
 * not. Everything that begins like a bearer header is checked, since Azurite would take it for one.
 */
export function checkBearer(
  authorization: string | undefined,
  account: StorageAccountName,
  tokens: TokenAuthority,
): BearerCheck {
  if (!/^\s*bearer/i.test(authorization ?? '')) return { kind: 'none' };
  const cloud = STORAGE_CLOUD[account];
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  const claims = tokens.verify(token, [STORAGE_AUDIENCE, `https://${account}.blob.${cloud}.test`]);
  return claims ? { kind: 'token', claims } : { kind: 'refused', refusal: badToken(cloud) };
}

function badToken(cloud: CloudName): Refusal {
  const login = `https://login.${cloud}.test/${TENANT_ID}/oauth2/authorize`;
  return {
    status: 401,
    code: 'InvalidAuthenticationInfo',
    message:
      'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
    headers: { 'www-authenticate': `Bearer authorization_uri=${login} resource_id=${STORAGE_AUDIENCE}` },
  };
}

/**
 * Checks what Azurite does not of a user delegation SAS: that its key is this tenant's and lives as long as the SAS
 * says it does. Any other SAS is Azurite's to judge.
 */
export function checkDelegationSas(query: URLSearchParams): Refusal | undefined {
  if (!query.has('skoid')) return undefined;
  if (query.get('sktid') !== TENANT_ID)
    return badSas('The tenant of the delegation key (sktid) is not the one of the local clouds.');
  const sasEndMs = Date.parse(query.get('se') ?? '');
  const keyEndMs = Date.parse(query.get('ske') ?? '');
  if (sasEndMs <= keyEndMs) return undefined;
  return badSas(`The SAS is to live until ${query.get('se')}, its delegation key (ske) until ${query.get('ske')}.`);
}

function badSas(detail: string): Refusal {
  const message = `Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature. ${detail}`;
  return { status: 403, code: 'AuthenticationFailed', message };
}

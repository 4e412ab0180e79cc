import type { IncomingHttpHeaders } from 'node:http';
import type { May } from '../access/role-assignments.ts';
import type { CloudName, StorageAccountName } from '../names.ts';
import { containerIdOf, STORAGE_ACCOUNTS, STORAGE_CLOUD, storageAccountId } from '../names.ts';
import { claimedIssuerOf, type TokenAuthority, type TokenClaims } from '../tokens.ts';
import { type StorageAccount, type StorageAccounts, signText } from './accounts.ts';
import { type Operation, operationOf } from './operation.ts';
import { judgeSas } from './sas.ts';
import { sasKindOf } from './sas-signature.ts';
import { sharedKeyStringToSign } from './shared-key.ts';
import { authenticationFailed, keysNotPermitted, mismatch, networkRefusal, type Refusal } from './storage-error.ts';
import { blobExists, readPolicy, type Upstream } from './upstream.ts';

/** The audience that every storage account takes tokens for, in every cloud. */
export const STORAGE_AUDIENCE = 'https://storage.azure.com';

/** What the front judges by. */
export interface AccessOptions {
  tokens: TokenAuthority;
  may: May;
  accounts: StorageAccounts;
  upstream: Upstream;
}

/** A request, or the read of a copy's source, as far as it has to be allowed. */
export interface AccessRequest {
  account: StorageAccountName;
  method: string;
  url: URL;
  /** Raw path and query, as they were signed. */
  path: string;
  headers: IncomingHttpHeaders;
  /** Of the caller. */
  address: string;
}

/** Why a request is refused, or who may go on: an identity by its object id, or the holder of a key or SAS. */
export type Access = { refusal: Refusal } | { principalId: string | undefined };

/** The account whose host name this is (`srcstore.blob.source.test`), in its own cloud; else `undefined`. */
export function accountOfHost(hostname: string): StorageAccountName | undefined {
  return STORAGE_ACCOUNTS.find((account) => hostname === `${account}.blob.${STORAGE_CLOUD[account]}.test`);
}

/** The same, where the account is one of the clouds that are served. */
export function servedAccountOf(hostname: string, accounts: StorageAccounts): StorageAccountName | undefined {
  const account = accountOfHost(hostname);
  return account && accounts.has(account) ? account : undefined;
}

/** 404: the real name would not resolve; a server can only say so. */
export function unknownAccount(hostname: string): Refusal {
  return {
    status: 404,
    code: 'ResourceNotFound',
    message: `There is no storage account ${hostname} in the local clouds.`,
  };
}

/** Judges a request as the service does: network rules, then who asks, then what that one may do. */
export async function judgeAccess(request: AccessRequest, options: AccessOptions): Promise<Access> {
  const settings = options.accounts.get(request.account);
  if (isKeptOut(settings, request.address)) return { refusal: networkRefusal() };
  const { authorization } = request.headers;
  const operation = operationOf(request.method, request.url);
  if (/^\s*bearer/i.test(authorization ?? '')) return judgeBearer(request, operation, options);
  if (/^SharedKey/i.test(authorization ?? '')) return withoutIdentity(judgeSharedKey(request, settings, operation));
  const kind = sasKindOf(request.url.searchParams);
  if (!kind) return { refusal: noAuthentication(STORAGE_CLOUD[request.account], options.tokens) };
  const { account, address, url } = request;
  const { upstream, may, tokens } = options;
  const sas = { account, settings, operation, address, query: url.searchParams, protocol: url.protocol };
  return withoutIdentity(
    await judgeSas(
      kind,
      { ...sas, nowMs: tokens.nowMs(), tenantId: tokens.tenantId },
      {
        may,
        readPolicy: (container, name) => readPolicy(upstream, account, container, name),
        blobExists: (container, blob) => blobExists(upstream, account, container, blob),
      },
    ),
  );
}

/** Whether an account's network rules keep a caller out. */
export function isKeptOut({ defaultAction, ipRules, publicNetworkAccess }: StorageAccount, address: string): boolean {
  if (publicNetworkAccess === 'Disabled') return true;
  return defaultAction === 'Deny' && !ipRules.includes(address);
}

/**
 * The claims of a bearer token whose signature, times and audience are good: storage in general, or this one account;
 * else a refusal.
 */
export function checkBearer(
  authorization: string | undefined,
  account: StorageAccountName,
  tokens: TokenAuthority,
): { claims: TokenClaims } | { refusal: Refusal } {
  const cloud = STORAGE_CLOUD[account];
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  const claims = tokens.verify(token, [STORAGE_AUDIENCE, `https://${account}.blob.${cloud}.test`]);
  if (claims) return { claims };
  const refusal = { ...noAuthentication(cloud, tokens), code: 'InvalidAuthenticationInfo' };
  const issuer = claimedIssuerOf(token);
  const isForeign = issuer !== undefined && issuer !== tokens.issuer;
  return { refusal: isForeign ? { ...refusal, detail: 'Issuer validation failed. Issuer did not match.' } : refusal };
}

function judgeBearer(
  { account, headers }: AccessRequest,
  { container, action }: Operation,
  { tokens, may }: AccessOptions,
): Access {
  const bearer = checkBearer(headers.authorization, account, tokens);
  if ('refusal' in bearer) return bearer;
  const { oid } = bearer.claims;
  const scope = container === undefined ? storageAccountId(account) : containerIdOf(account, container);
  return may(oid, scope, action) ? { principalId: oid } : { refusal: mismatch('Permission') };
}

function judgeSharedKey(
  { account, method, path, headers }: AccessRequest,
  settings: StorageAccount,
  { action }: Operation,
): Refusal | undefined {
  if (!settings.allowSharedKeyAccess) return keysNotPermitted();
  if ('control' in action && action.control.endsWith('generateUserDelegationKey/action')) {
    return authenticationFailed('Only authentication scheme Bearer is supported.');
  }
  const found = /^SharedKey ([a-z0-9]+):(\S+)$/.exec(headers.authorization ?? '');
  const text = sharedKeyStringToSign(account, { method, path, headers: headerMap(headers) });
  const isSigned = [settings.key1, settings.key2].some((key) => signText(key, text) === found?.[2]);
  if (found?.[1] === account && isSigned) return undefined;
  return authenticationFailed(
    `The MAC signature found in the HTTP request is not the same as any computed signature. Server used following string to sign: '${text}'.`,
  );
}

/** Headers by lower-case name, values of one name joined. */
export function headerMap(headers: IncomingHttpHeaders): Map<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return new Map(entries);
}

function withoutIdentity(refusal: Refusal | undefined): Access {
  return refusal ? { refusal } : { principalId: undefined };
}

function noAuthentication(cloud: CloudName, { tenantId }: TokenAuthority): Refusal {
  const login = `https://login.${cloud}.test/${tenantId}/oauth2/authorize`;
  return {
    status: 401,
    code: 'NoAuthenticationInformation',
    message:
      'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
    headers: { 'www-authenticate': `Bearer authorization_uri=${login} resource_id=${STORAGE_AUDIENCE}` },
  };
}

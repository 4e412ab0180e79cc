import type { May } from '../access/role-assignments.ts';
import type { StorageAccountName } from '../names.ts';
import { containerIdOf } from '../names.ts';
import { type StorageAccount, signText } from './accounts.ts';
import { deriveKeyValue } from './delegation-key.ts';
import type { Operation } from './operation.ts';
import { OLDEST_VERSION, type SasKind, sasStringToSign } from './sas-signature.ts';
import { authenticationFailed, keysNotPermitted, mismatch, type Refusal } from './storage-error.ts';
import { mergePolicy, type StoredPolicy } from './stored-policy.ts';

/** A request that comes with a SAS token, as far as the token's worth depends on it. */
export interface SasRequest {
  account: StorageAccountName;
  settings: StorageAccount;
  operation: Operation;
  /** With the token; decoded. */
  query: URLSearchParams;
  /** Of the connection: `https:` or `http:`. */
  protocol: string;
  address: string;
  nowMs: number;
  /** Of the account. */
  tenantId: string;
}

/** What has to be looked up to judge a token. */
export interface SasLookups {
  may: May;
  /** A stored access policy of a container, if it has one of that name. */
  readPolicy(container: string, name: string): Promise<StoredPolicy | undefined>;
  blobExists(container: string, blob: string): Promise<boolean>;
}

/** Why a SAS token does not allow a request, in the service's codes and words, or `undefined`: it does. */
export async function judgeSas(kind: SasKind, request: SasRequest, lookups: SasLookups): Promise<Refusal | undefined> {
  const { settings, query } = request;
  if (kind !== 'delegation' && !settings.allowSharedKeyAccess) return keysNotPermitted();
  const unsigned = checkForm(kind, query) ?? checkSignature(kind, request);
  if (unsigned) return unsigned;
  const policy = await readPolicy(kind, request, lookups);
  if ('refusal' in policy) return policy.refusal;
  const { fields } = policy;
  return (
    checkTimes(fields, request.nowMs) ??
    (kind === 'delegation' ? checkKey(query, request) : undefined) ??
    checkNetwork(query, request) ??
    (kind === 'account' ? checkServices(query, request.operation) : undefined) ??
    (await checkPermission(kind, fields, request, lookups)) ??
    (kind === 'delegation' ? checkSigner(request, lookups.may) : undefined)
  );
}

function checkForm(kind: SasKind, query: URLSearchParams): Refusal | undefined {
  const version = query.get('sv') ?? '';
  if (!/^\d{4}-\d\d-\d\d$/.test(version) || version < OLDEST_VERSION) {
    return authenticationFailed(`sv is '${version}'; allowed: ${OLDEST_VERSION} and later.`);
  }
  const resource = query.get('sr') ?? '';
  if (kind !== 'account' && !['c', 'b', 'bs', 'bv'].includes(resource)) {
    return authenticationFailed(`sr is '${resource}'; allowed here: c, b, bs, bv.`);
  }
  const bound = ['srh', 'srq'].find((name) => query.has(name));
  if (bound === undefined) return undefined;
  return authenticationFailed(`${bound}: tokens bound to headers or query are not served here.`);
}

function checkSignature(kind: SasKind, { account, settings, operation, query }: SasRequest): Refusal | undefined {
  const text = sasStringToSign(kind, query, account, operation);
  const keys = kind === 'delegation' ? [delegationKeyOf(settings, query)] : [settings.key1, settings.key2];
  if (keys.some((key) => signText(key, text) === query.get('sig'))) return undefined;
  return authenticationFailed(`Signature did not match. String to sign used was ${text}`);
}

function delegationKeyOf({ delegationSecret }: StorageAccount, query: URLSearchParams): string {
  const field = (name: string) => query.get(name) ?? '';
  return deriveKeyValue(delegationSecret, {
    objectId: field('skoid'),
    tenantId: field('sktid'),
    start: field('skt'),
    expiry: field('ske'),
    service: field('sks'),
    version: field('skv'),
  });
}

/** The token's own permissions and times, with those of its policy where it names one. */
async function readPolicy(kind: SasKind, { query, operation }: SasRequest, lookups: SasLookups) {
  const own = { start: query.get('st'), expiry: query.get('se'), permissions: query.get('sp') };
  const name = query.get('si');
  if (kind !== 'service' || name === null) return { fields: own };
  const policy = await lookups.readPolicy(operation.container ?? '', name);
  if (!policy) return { refusal: authenticationFailed(`The container has no stored access policy '${name}'.`) };
  return mergePolicy(own, policy);
}

function checkTimes(fields: StoredPolicy, nowMs: number): Refusal | undefined {
  const startMs = fields.start === null ? Number.NEGATIVE_INFINITY : Date.parse(fields.start);
  const expiryMs = Date.parse(fields.expiry ?? '');
  if (startMs <= nowMs && nowMs < expiryMs) return undefined;
  const start = fields.start === null ? '' : `Start [${inGmt(startMs)}] - `;
  const detail = `${start}Expiry [${inGmt(expiryMs)}] - Current [${inGmt(nowMs)}]`;
  return authenticationFailed(`Signature not valid in the specified time frame: ${detail}`);
}

function checkKey(query: URLSearchParams, { nowMs, tenantId }: SasRequest): Refusal | undefined {
  const timeOf = (name: string) => Date.parse(query.get(name) ?? '');
  if (query.get('sktid') !== tenantId) return authenticationFailed('sktid is not the tenant of this account.');
  if (!(timeOf('se') <= timeOf('ske'))) {
    return authenticationFailed(
      `se is ${query.get('se')}; the delegation key ends before, at ske=${query.get('ske')}.`,
    );
  }
  if (timeOf('skt') <= nowMs && nowMs < timeOf('ske')) return undefined;
  const detail = `Start [${inGmt(timeOf('skt'))}] - Expiry [${inGmt(timeOf('ske'))}] - Current [${inGmt(nowMs)}]`;
  return authenticationFailed(`Key not valid in the specified time frame: ${detail}`);
}

function checkNetwork(query: URLSearchParams, { protocol, address }: SasRequest): Refusal | undefined {
  const protocols = query.get('spr') ?? 'https,http';
  if (!['https', 'https,http'].includes(protocols)) {
    return authenticationFailed(`spr is '${protocols}'; allowed: https and https,http.`);
  }
  if (protocols === 'https' && protocol !== 'https:') return mismatch('Protocol');
  const range = query.get('sip');
  if (range === null) return undefined;
  const [first = '', last = first] = range.split('-');
  const isWithin = addressNumber(first) <= addressNumber(address) && addressNumber(address) <= addressNumber(last);
  return isWithin ? undefined : mismatch('SourceIP');
}

function checkServices(query: URLSearchParams, { level }: Operation): Refusal | undefined {
  if (!query.get('ss')?.includes('b')) return mismatch('Service');
  return query.get('srt')?.includes(level) ? undefined : mismatch('ResourceType');
}

async function checkPermission(
  kind: SasKind,
  { permissions }: StoredPolicy,
  { operation }: SasRequest,
  lookups: SasLookups,
): Promise<Refusal | undefined> {
  const has = (letters: string) => [...letters].some((letter) => permissions?.includes(letter));
  if (has(kind === 'account' ? operation.accountSas : operation.serviceSas)) return undefined;
  const { container = '', blob = '' } = operation;
  const creates = operation.mayCreate && has('c') && !(await lookups.blobExists(container, blob));
  return creates ? undefined : mismatch('Permission');
}

/** A delegation SAS can do no more than who signed it can do now. */
function checkSigner({ account, operation, query }: SasRequest, may: May): Refusal | undefined {
  const scope = containerIdOf(account, operation.container ?? '');
  return may(query.get('skoid') ?? '', scope, operation.action) ? undefined : mismatch('Permission');
}

function addressNumber(address: string): number {
  const parts = address.split('.').map(Number);
  return parts.length === 4 ? parts.reduce((sum, part) => sum * 256 + part, 0) : Number.NaN;
}

function inGmt(timeMs: number): string {
  return Number.isNaN(timeMs) ? '' : new Date(timeMs).toUTCString();
}

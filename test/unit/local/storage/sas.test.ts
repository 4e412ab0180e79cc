import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  BlobSASPermissions,
  ContainerSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
  type UserDelegationKey,
} from '@azure/storage-blob';
import type { May } from '../../../../local/access/role-assignments.ts';
import { TENANT_ID } from '../../../../local/names.ts';
import { deriveKeyValue } from '../../../../local/storage/delegation-key.ts';
import { operationOf } from '../../../../local/storage/operation.ts';
import { judgeSas } from '../../../../local/storage/sas.ts';
import { sasKindOf } from '../../../../local/storage/sas-signature.ts';
import { newSettings } from './sas-fixture.ts';

const NOW = new Date('2026-01-05T12:00:00Z');
const HOUR_MS = 3_600_000;
const hours = (count: number) => new Date(NOW.getTime() + count * HOUR_MS);
const settings = newSettings();
const credential = (key = settings.key1) => new StorageSharedKeyCredential('srcstore', key);
const CONTAINER = { containerName: 'transfer', permissions: ContainerSASPermissions.parse('rl') };
const ONE_BLOB = { blobName: 'a b', permissions: BlobSASPermissions.parse('r') };
const TIMES = { startsOn: hours(-1), expiresOn: hours(1) };

function serviceSas(change: object = {}, key = settings.key1): string {
  return generateBlobSASQueryParameters({ ...CONTAINER, ...TIMES, ...change }, credential(key)).toString();
}

function accountSas(change: object = {}): string {
  const values = {
    permissions: AccountSASPermissions.parse('rl'),
    services: AccountSASServices.parse('b').toString(),
    resourceTypes: AccountSASResourceTypes.parse('co').toString(),
    ...TIMES,
    ...change,
  };
  return generateAccountSASQueryParameters(values, credential()).toString();
}

function delegationSas(change: object = {}, key: Partial<UserDelegationKey> = {}): string {
  const signed = {
    signedObjectId: 'signer',
    signedTenantId: TENANT_ID,
    signedStartsOn: hours(-1),
    signedExpiresOn: hours(2),
    signedService: 'b',
    signedVersion: '2024-11-04',
    ...key,
  };
  const inSeconds = (time: Date) => time.toISOString().replace('.000Z', 'Z');
  const value = deriveKeyValue(settings.delegationSecret, {
    objectId: signed.signedObjectId,
    tenantId: signed.signedTenantId,
    start: inSeconds(signed.signedStartsOn),
    expiry: inSeconds(signed.signedExpiresOn),
    service: 'b',
    version: signed.signedVersion,
  });
  return generateBlobSASQueryParameters(
    { ...CONTAINER, ...TIMES, ...change },
    { ...signed, value },
    'srcstore',
  ).toString();
}

interface Ask {
  method?: string;
  path?: string;
  scheme?: string;
  may?: May;
  change?: Partial<typeof settings>;
  exists?: boolean;
}

async function judge(sas: string, ask: Ask = {}) {
  const { method = 'GET', path = 'transfer/a%20b', scheme = 'https', may = () => true, change = {} } = ask;
  const url = new URL(`${scheme}://srcstore.blob.source.test/${path}${path.includes('?') ? '&' : '?'}${sas}`);
  const kind = sasKindOf(url.searchParams);
  if (!kind) throw new Error('no SAS');
  const request = { account: 'srcstore' as const, settings: { ...settings, ...change }, query: url.searchParams };
  const more = { operation: operationOf(method, url), protocol: url.protocol, address: '127.0.0.1' };
  const policy = { start: null, expiry: null, permissions: 'r' };
  return await judgeSas(
    kind,
    { ...request, ...more, nowMs: NOW.getTime(), tenantId: TENANT_ID },
    {
      may,
      readPolicy: async (_container, name) => (name === 'known' ? policy : undefined),
      blobExists: async () => ask.exists ?? false,
    },
  );
}

const codeOf = async (sas: string, ask?: Ask) => (await judge(sas, ask))?.code;
const LIST = 'transfer?restype=container&comp=list';

describe('a SAS token that the SDK signed', () => {
  const VERSIONS = [
    '2018-11-09',
    '2019-12-12',
    '2020-02-10',
    '2020-12-06',
    '2024-11-04',
    '2025-07-05',
    '2026-04-06',
    undefined,
  ];

  it.each(VERSIONS)('is understood in version %s', async (version) => {
    const all = { version, protocol: SASProtocol.Https, ipRange: { start: '127.0.0.1' }, contentType: 'a/b' };
    expect(await judge(serviceSas(all))).toBeUndefined();
    expect(await judge(delegationSas(all))).toBeUndefined();
    expect(await judge(accountSas({ version, protocol: SASProtocol.Https }))).toBeUndefined();
    expect(await judge(serviceSas({ ...all, ...ONE_BLOB }))).toBeUndefined();
  });

  it('is good with either key, until its key is made anew', async () => {
    expect(await judge(serviceSas({}, settings.key2))).toBeUndefined();
    expect(await judge(serviceSas(), { change: { key1: newSettings().key1 } })).toMatchObject({
      status: 403,
      code: 'AuthenticationFailed',
      detail: expect.stringContaining('Signature did not match'),
    });
  });

  it.each([
    ['expired', { startsOn: hours(-2), expiresOn: hours(-1) }, /Expiry \[Mon, 05 Jan 2026 11:00:00 GMT\] - Current/],
    ['not yet valid', { startsOn: hours(1), expiresOn: hours(2) }, /Start \[Mon, 05 Jan 2026 13:00:00 GMT\]/],
    ['of another container', { containerName: 'other' }, /Signature did not match/],
  ])('is refused when it is %s, and the reason is told', async (_, change, detail) => {
    for (const sas of [serviceSas(change), delegationSas(change)]) {
      expect(await judge(sas)).toMatchObject({
        code: 'AuthenticationFailed',
        detail: expect.stringMatching(detail),
      });
    }
  });

  it('is refused when a field was changed', async () => {
    expect(await codeOf(serviceSas().replace('sp=rl', 'sp=rwl'))).toBe('AuthenticationFailed');
    expect(await codeOf(delegationSas().replace('skoid=signer', 'skoid=other'))).toBe('AuthenticationFailed');
  });

  it.each<[string, string, Ask]>([
    ['AuthorizationPermissionMismatch', serviceSas(), { method: 'DELETE' }],
    ['AuthorizationPermissionMismatch', accountSas(), { method: 'DELETE' }],
    ['AuthorizationPermissionMismatch', delegationSas(), { method: 'DELETE' }],
    ['AuthorizationProtocolMismatch', serviceSas({ protocol: SASProtocol.Https }), { scheme: 'http' }],
    ['AuthorizationSourceIPMismatch', serviceSas({ ipRange: { start: '10.0.0.1', end: '10.0.0.9' } }), {}],
    ['AuthorizationResourceTypeMismatch', accountSas({ resourceTypes: 'o' }), { path: LIST }],
    ['AuthorizationServiceMismatch', accountSas({ services: 'q' }), {}],
    ['KeyBasedAuthenticationNotPermitted', serviceSas(), { change: { allowSharedKeyAccess: false } }],
    ['AuthenticationFailed', serviceSas(ONE_BLOB), { path: LIST }],
    ['AuthenticationFailed', serviceSas({ identifier: 'unknown' }), {}],
  ])('meets %s', async (code, sas, ask) => {
    expect(await codeOf(sas, ask)).toBe(code);
  });

  it('may come over http unless it says https', async () => {
    expect(await judge(serviceSas(), { scheme: 'http' })).toBeUndefined();
    expect(await judge(serviceSas({ protocol: SASProtocol.HttpsAndHttp }), { scheme: 'http' })).toBeUndefined();
  });

  it('takes permissions from its stored access policy', async () => {
    const sas = serviceSas({ identifier: 'known', permissions: undefined });
    expect(await judge(sas)).toBeUndefined();
    expect(await codeOf(sas, { path: LIST })).toBe('AuthorizationPermissionMismatch');
  });

  it('makes a blob with c, and replaces none', async () => {
    const sas = serviceSas({ permissions: ContainerSASPermissions.parse('c') });
    expect(await judge(sas, { method: 'PUT' })).toBeUndefined();
    expect(await codeOf(sas, { method: 'PUT', exists: true })).toBe('AuthorizationPermissionMismatch');
  });
});

describe('a user delegation SAS', () => {
  it('does no more than who signed it may do at that moment', async () => {
    const asked: unknown[] = [];
    const may: May = (...call) => asked.push(call) === 0;
    expect(await codeOf(delegationSas(), { may })).toBe('AuthorizationPermissionMismatch');
    expect(asked).toEqual([
      [
        'signer',
        expect.stringMatching(/\/storageAccounts\/srcstore\/blobServices\/default\/containers\/transfer$/),
        { data: 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read' },
      ],
    ]);
  });

  it.each([
    ['outlives its key', { signedExpiresOn: hours(0.5) }],
    ['is of another tenant', { signedTenantId: 'other' }],
    ['is before its key', { signedStartsOn: hours(0.5) }],
  ])('is refused when it %s', async (_, key) => {
    expect(await codeOf(delegationSas({}, key))).toBe('AuthenticationFailed');
  });

  it('is worth nothing once the keys were revoked, whatever the account keys are', async () => {
    const { delegationSecret } = newSettings();
    expect(await codeOf(delegationSas(), { change: { delegationSecret } })).toBe('AuthenticationFailed');
    expect(await judge(delegationSas(), { change: { allowSharedKeyAccess: false } })).toBeUndefined();
  });
});

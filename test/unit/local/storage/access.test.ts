import { generateKeyPairSync } from 'node:crypto';
import { TENANT_ID, TENANTS } from '../../../../local/names.ts';
import { accountOfHost, checkBearer, isKeptOut } from '../../../../local/storage/access.ts';
import { deriveKeyValue, readKeyTimes } from '../../../../local/storage/delegation-key.ts';
import { withoutSas } from '../../../../local/storage/sas-query.ts';
import { findPolicy, mergePolicy } from '../../../../local/storage/stored-policy.ts';
import { TokenAuthority } from '../../../../local/tokens.ts';
import { newSettings } from './sas-fixture.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const tokens = new TokenAuthority(pem);
const token = (aud: string): string => `Bearer ${tokens.mint({ aud, oid: 'o' })}`;
const STORAGE = 'https://storage.azure.com';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

describe('accountOfHost', () => {
  it.each([
    ['srcstore.blob.source.test', 'srcstore'],
    ['statestore.blob.source.test', 'statestore'],
    ['tgtstore.blob.target.test', 'tgtstore'],
    ['srcstore.blob.target.test', undefined],
    ['srcstore-secondary.blob.source.test', undefined],
    ['srcstore.blob.source.test.example.com', undefined],
    ['127.0.0.1', undefined],
  ])('finds in %s %s', (host, account) => {
    expect(accountOfHost(host)).toBe(account);
  });
});

describe('checkBearer', () => {
  it.each([STORAGE, `${STORAGE}/`, 'https://srcstore.blob.source.test'])('takes a token for %s', (audience) => {
    expect(checkBearer(token(audience), 'srcstore', tokens)).toMatchObject({ claims: { oid: 'o' } });
  });

  it.each([
    undefined,
    'Bearer',
    'BearerX a.b.c',
    'bearer\ta.b.c',
    'Bearer a.b.c',
    token('https://tgtstore.blob.target.test'),
    token('https://vault.source.test'),
    `${token(STORAGE)} more`,
  ])('refuses what is no good token for the account: %#', (authorization) => {
    expect(checkBearer(authorization, 'srcstore', tokens)).toMatchObject({
      refusal: {
        status: 401,
        code: 'InvalidAuthenticationInfo',
        headers: { 'www-authenticate': expect.stringContaining(`https://login.source.test/${TENANT_ID}/`) },
      },
    });
  });
});

describe("another tenant's token", () => {
  it('is refused with the issuer as reason, by key and by tenant', () => {
    const foreign = new TokenAuthority(pem, { tenantId: TENANTS.target });
    const authorization = `Bearer ${foreign.mint({ aud: STORAGE, oid: 'o' })}`;
    expect(checkBearer(authorization, 'srcstore', tokens)).toMatchObject({
      refusal: { status: 401, code: 'InvalidAuthenticationInfo', detail: expect.stringMatching(/^Issuer validation/) },
    });
    expect(checkBearer(authorization, 'srcstore', foreign)).toMatchObject({ claims: { oid: 'o' } });
  });
});

describe('isKeptOut', () => {
  it.each([
    [{}, false],
    [{ defaultAction: 'Deny' as const }, true],
    [{ defaultAction: 'Deny' as const, ipRules: ['127.0.0.1'] }, false],
    [{ publicNetworkAccess: 'Disabled' as const, ipRules: ['127.0.0.1'] }, true],
  ])('with %j says %s', (rules, expected) => {
    expect(isKeptOut({ ...newSettings(), ...rules }, '127.0.0.1')).toBe(expected);
  });
});

describe('readKeyTimes', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  const at = (ms: number): string => new Date(nowMs + ms).toISOString();
  const xml = (start: string, expiry: string): Buffer =>
    Buffer.from(`<KeyInfo><Start>${start}</Start><Expiry>${expiry}</Expiry></KeyInfo>`);

  it.each([
    [0, 7 * DAY_MS],
    [-5 * MINUTE_MS, 60 * MINUTE_MS],
    [6 * DAY_MS, 7 * DAY_MS],
  ])('takes a key from %p to %p ms', (start, expiry) => {
    const inSeconds = (ms: number) => at(ms).replace('.000Z', 'Z');
    const times = { start: inSeconds(start), expiry: inSeconds(expiry) };
    expect(readKeyTimes(xml(at(start), at(expiry)), nowMs)).toEqual(times);
  });

  it.each([
    [0, 7 * DAY_MS + 1000],
    [-1000, 7 * DAY_MS],
    [DAY_MS, 8 * DAY_MS],
    [-2 * DAY_MS, -DAY_MS],
    [DAY_MS, DAY_MS],
  ])('refuses a key from %p to %p ms', (start, expiry) => {
    expect(readKeyTimes(xml(at(start), at(expiry)), nowMs)).toMatchObject({
      refusal: { status: 400, code: 'InvalidXmlNodeValue' },
    });
  });

  it('refuses times that are none', () => {
    expect(readKeyTimes(xml('yesterday', at(DAY_MS)), nowMs)).toHaveProperty('refusal');
    expect(readKeyTimes(Buffer.from('<KeyInfo/>'), nowMs)).toHaveProperty('refusal');
  });
});

describe('deriveKeyValue', () => {
  const key = { objectId: 'o', tenantId: 't', start: 's', expiry: 'e', service: 'b', version: 'v' };
  const secret = newSettings().delegationSecret;

  it('gives another value for another holder, time or account', () => {
    const value = deriveKeyValue(secret, key);
    expect(deriveKeyValue(secret, { ...key })).toBe(value);
    expect(deriveKeyValue(secret, { ...key, objectId: 'p' })).not.toBe(value);
    expect(deriveKeyValue(secret, { ...key, expiry: 'f' })).not.toBe(value);
    expect(deriveKeyValue(newSettings().delegationSecret, key)).not.toBe(value);
  });
});

describe('withoutSas', () => {
  it.each([
    ['/c/b?comp=block&blockid=a%2Bb&sv=1&sp=r&sig=a%2Fb', '/c/b?comp=block&blockid=a%2Bb'],
    ['/c/b%20c?sv=1&sr=b&sig=x', '/c/b%20c'],
    ['/c/b?sv=1&rscc=no-store&sig=x', '/c/b?rscc=no-store'],
    ['/c?comp=list&sp=unsigned', '/c?comp=list&sp=unsigned'],
    ['/c', '/c'],
  ])('leaves of %s %s', (path, kept) => {
    expect(withoutSas(path)).toBe(kept);
  });
});

describe('stored access policies', () => {
  const xml =
    '<SignedIdentifiers><SignedIdentifier><Id>other</Id></SignedIdentifier><SignedIdentifier><Id>a&amp;b</Id>' +
    '<AccessPolicy><Expiry>2026-01-02</Expiry><Permission>rl</Permission></AccessPolicy></SignedIdentifier></SignedIdentifiers>';
  const policy = { start: null, expiry: '2026-01-02', permissions: 'rl' };

  it('are found by their name', () => {
    expect(findPolicy(xml, 'a&b')).toEqual(policy);
    expect(findPolicy(xml, 'other')).toEqual({ start: null, expiry: null, permissions: null });
    expect(findPolicy(xml, 'none')).toBeUndefined();
  });

  it('complete a token, and may not repeat it', () => {
    const none = { start: null, expiry: null, permissions: null };
    expect(mergePolicy({ ...none, start: '2026-01-01' }, policy)).toEqual({
      fields: { start: '2026-01-01', expiry: '2026-01-02', permissions: 'rl' },
    });
    expect(mergePolicy({ ...none, permissions: 'r' }, policy)).toMatchObject({
      refusal: { code: 'AuthenticationFailed' },
    });
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { TENANT_ID } from '../../../../local/names.ts';
import { accountOfHost, checkBearer, checkDelegationSas } from '../../../../local/storage/access.ts';
import { resolveCopySource } from '../../../../local/storage/copy-source.ts';
import { checkKeyTimes } from '../../../../local/storage/delegation-key.ts';
import { TokenAuthority } from '../../../../local/tokens.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const tokens = new TokenAuthority(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
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
  it.each([undefined, 'SharedKey srcstore:abc', 'Basic x'])('leaves %p to Azurite', (authorization) => {
    expect(checkBearer(authorization, 'srcstore', tokens).kind).toBe('none');
  });

  it.each([STORAGE, `${STORAGE}/`, 'https://srcstore.blob.source.test'])('takes a token for %s', (audience) => {
    expect(checkBearer(token(audience), 'srcstore', tokens)).toMatchObject({ kind: 'token', claims: { oid: 'o' } });
  });

  it.each([
    'Bearer',
    'BearerX a.b.c',
    'bearer\ta.b.c',
    'Bearer a.b.c',
    token('https://tgtstore.blob.target.test'),
    token('https://vault.source.test'),
    `${token(STORAGE)} more`,
  ])('refuses what Azurite would take for a token: %#', (authorization) => {
    expect(checkBearer(authorization, 'srcstore', tokens)).toMatchObject({
      kind: 'refused',
      refusal: {
        status: 401,
        code: 'InvalidAuthenticationInfo',
        headers: { 'www-authenticate': expect.stringContaining(`https://login.source.test/${TENANT_ID}/`) },
      },
    });
  });
});

describe('checkDelegationSas', () => {
  const sas = (se: string, ske: string, sktid = TENANT_ID) =>
    new URLSearchParams({ skoid: 'o', sktid, se, ske, sig: 'x' });

  it('takes one that ends with its key, and leaves other SAS to Azurite', () => {
    expect(checkDelegationSas(sas('2026-01-02T00:00:00Z', '2026-01-02T00:00:00Z'))).toBeUndefined();
    expect(checkDelegationSas(new URLSearchParams({ se: '2099-01-01', sig: 'x' }))).toBeUndefined();
  });

  it.each([
    sas('2026-01-02T00:00:01Z', '2026-01-02T00:00:00Z'),
    sas('never', '2026-01-02T00:00:00Z'),
    sas('2026-01-02T00:00:00Z', ''),
    sas('2026-01-02T00:00:00Z', '2026-01-02T00:00:00Z', 'other'),
  ])('refuses one that outlives its key, has no times, or is of another tenant: %#', (query) => {
    expect(checkDelegationSas(query)).toMatchObject({ status: 403, code: 'AuthenticationFailed' });
  });
});

describe('checkKeyTimes', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  const at = (ms: number): string => new Date(nowMs + ms).toISOString();
  const xml = (start: string, expiry: string): Buffer =>
    Buffer.from(`<KeyInfo><Start>${start}</Start><Expiry>${expiry}</Expiry></KeyInfo>`);

  it.each([
    [0, 7 * DAY_MS],
    [-5 * MINUTE_MS, 60 * MINUTE_MS],
    [6 * DAY_MS, 7 * DAY_MS],
  ])('takes a key from %p to %p ms', (start, expiry) => {
    expect(checkKeyTimes(xml(at(start), at(expiry)), nowMs)).toBeUndefined();
  });

  it.each([
    [0, 7 * DAY_MS + 1000],
    [-1000, 7 * DAY_MS],
    [DAY_MS, 8 * DAY_MS],
    [-2 * DAY_MS, -DAY_MS],
    [DAY_MS, DAY_MS],
  ])('refuses a key from %p to %p ms', (start, expiry) => {
    expect(checkKeyTimes(xml(at(start), at(expiry)), nowMs)).toMatchObject({
      status: 400,
      code: 'InvalidXmlNodeValue',
    });
  });

  it('refuses times that are none', () => {
    expect(checkKeyTimes(xml('yesterday', at(DAY_MS)), nowMs)).toBeDefined();
    expect(checkKeyTimes(Buffer.from('<KeyInfo/>'), nowMs)).toBeDefined();
  });
});

describe('resolveCopySource', () => {
  const key = Buffer.from('key').toString('base64');
  const options = { tokens, accountKeys: { srcstore: key, tgtstore: key, statestore: key }, azuritePort: 5 };
  const SOURCE = 'https://srcstore.blob.source.test/transfer/a%20b/%C3%BC.tar';

  it('keeps a SAS and the encoding of the name', () => {
    expect(resolveCopySource(`${SOURCE}?sp=r&sig=a%2Fb`, undefined, options)).toEqual({
      url: 'https://127.0.0.1:5/srcstore/transfer/a%20b/%C3%BC.tar?sp=r&sig=a%2Fb',
    });
  });

  it('makes a token a SAS that reads this one blob for ten minutes', () => {
    const resolved = resolveCopySource(`${SOURCE}?snapshot=2026-01-01T00%3A00%3A00.0000000Z`, token(STORAGE), options);
    const query = 'url' in resolved ? new URL(resolved.url).searchParams : new URLSearchParams();

    expect(query.get('sp')).toBe('r');
    expect(query.get('sr')).toBe('bs');
    const lifeMs = Date.parse(query.get('se') ?? '') - Date.now();
    expect(lifeMs).toBeGreaterThan(9 * MINUTE_MS);
    expect(lifeMs).toBeLessThanOrEqual(10 * MINUTE_MS);
  });

  it.each([
    ['http://srcstore.blob.source.test/c/b', undefined, 404],
    ['https://example.com/c/b', undefined, 404],
    ['no URL', undefined, 404],
    [SOURCE, 'Basic x', 401],
    [SOURCE, 'Bearer a.b.c', 401],
    [`${SOURCE}?skoid=o&sktid=other&se=2026-01-01&ske=2026-01-01`, undefined, 403],
  ])('refuses %s with authorization %s', (source, authorization, status) => {
    expect(resolveCopySource(source, authorization, options)).toMatchObject({
      refusal: { status, code: 'CannotVerifyCopySource' },
    });
  });
});

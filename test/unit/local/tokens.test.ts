import { generateKeyPairSync } from 'node:crypto';
import { TENANT_ID, TENANTS } from '../../../local/names.ts';
import { claimedIssuerOf, TokenAuthority } from '../../../local/tokens.ts';

const AUDIENCE = 'https://storage.azure.com';
const OID = 'aaaaaaaa-0000-4000-8000-000000000001';

function newKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

const key = newKey();
const authority = new TokenAuthority(key);
const stranger = new TokenAuthority(newKey());
const claims = { aud: AUDIENCE, oid: OID };

/** The token with one of its parts changed, and the signature left as it is. */
function withPart(token: string, index: number, change: (part: Record<string, unknown>) => object): string {
  const parts = token.split('.');
  const part = JSON.parse(Buffer.from(parts[index] ?? '', 'base64url').toString());
  parts[index] = Buffer.from(JSON.stringify(change(part))).toString('base64url');
  return parts.join('.');
}

describe('TokenAuthority', () => {
  it('verifies what it minted, with the claims and the tenant', () => {
    const verified = authority.verify(authority.mint({ ...claims, roles: ['a'] }, 60), [AUDIENCE]);

    expect(verified).toMatchObject({ ...claims, sub: OID, tid: TENANT_ID, ver: '1.0', roles: ['a'] });
    expect(verified?.exp).toBeGreaterThan(Date.now() / 1000);
  });

  it('does not let a caller give issuer, tenant or times', () => {
    const token = authority.mint({ ...claims, iss: 'https://evil/', tid: 'other', exp: 9e9 }, 60);

    expect(authority.verify(token, [AUDIENCE])).toMatchObject({
      tid: TENANT_ID,
      iss: expect.stringContaining(TENANT_ID),
    });
    expect(authority.verify(token, [AUDIENCE])?.exp).toBeLessThan(9e9);
  });

  it.each([
    ['https://a.test', 'https://a.test/'],
    ['https://a.test/', 'https://a.test'],
  ])('takes the audience %s where %s is allowed', (aud, allowed) => {
    expect(authority.verify(authority.mint({ aud, oid: OID }), ['https://b.test', allowed])).toBeDefined();
  });

  it('refuses another audience, also for a token that it verified before', () => {
    const token = authority.mint(claims);
    expect(authority.verify(token, [AUDIENCE])).toBeDefined();

    expect(authority.verify(token, ['https://vault.source.test'])).toBeUndefined();
  });

  it('refuses a token that expired, also one that it verified before', () => {
    const token = authority.mint(claims, 1);
    expect(authority.verify(token, [AUDIENCE])).toBeDefined();
    jest.useFakeTimers({ now: Date.now() + 2000 });

    expect(authority.verify(token, [AUDIENCE])).toBeUndefined();
    jest.useRealTimers();
  });

  it("refuses another tenant's token, whatever key signed it", () => {
    const other = new TokenAuthority(key, { tenantId: TENANTS.target });
    const token = other.mint(claims);
    expect(other.verify(token, [AUDIENCE])).toMatchObject({ tid: TENANTS.target });
    expect(authority.verify(token, [AUDIENCE])).toBeUndefined();
    expect(claimedIssuerOf(token)).toBe(other.issuer);
    expect(other.issuer).not.toBe(authority.issuer);
  });

  it('refuses a token of another key, a changed one, an unsigned one and what is no token', () => {
    const token = authority.mint(claims);
    const bad = [
      stranger.mint(claims),
      withPart(token, 1, (part) => ({ ...part, oid: 'other' })),
      withPart(token, 0, () => ({ alg: 'none' })),
      withPart(token, 0, () => ({ alg: 'HS256' })),
      token.slice(0, token.lastIndexOf('.')),
      `${token}.more`,
      '',
      'a.b.c',
    ];
    for (const one of bad) expect(authority.verify(one, [AUDIENCE])).toBeUndefined();
    expect(authority.verify(undefined, [AUDIENCE])).toBeUndefined();
  });

  it('cannot be made with a key that is not RSA', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

    expect(() => new TokenAuthority(pem)).toThrow(/must be RSA; found ec/);
  });
});

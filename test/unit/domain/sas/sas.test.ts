import { expiryMsOf, inspectSas, neededPermissions, type SasFacts } from '../../../../src/domain/sas/sas.ts';

const COMMON = 'sv=2024-11-04&st=2026-01-01T00%3A00%3A00Z&se=2026-01-07T00%3A00%3A00Z&spr=https';

describe('inspectSas', () => {
  it('reads a user-delegation token of a container', () => {
    const token = `?${COMMON}&sr=c&sp=rawl&skoid=o&sktid=t&sip=10.0.0.1-10.0.0.9&sig=s%2F1%3D`;
    expect(inspectSas(token)).toEqual({
      kind: 'userDelegation',
      version: '2024-11-04',
      resource: 'c',
      services: null,
      resourceTypes: null,
      permissions: 'rawl',
      startsAt: '2026-01-01T00:00:00Z',
      expiresAt: '2026-01-07T00:00:00Z',
      httpsOnly: true,
      ipRange: '10.0.0.1-10.0.0.9',
      policy: null,
      keyExpiresAt: null,
    });
  });

  it.each([
    [`${COMMON}&sr=c&sp=rl&skoid=o&sig=s`, 'userDelegation'],
    [`${COMMON}&sr=c&sp=rl&sig=s`, 'accountKey'],
    ['sv=2024-11-04&sr=c&si=transfer&sig=s', 'storedPolicy'],
    [`${COMMON}&ss=b&srt=co&sp=rl&sig=s`, 'account'],
  ])('tells the kind of %s: %s', (token, kind) => {
    expect(inspectSas(token)?.kind).toBe(kind);
  });

  it('reads a token with white space around it, and with or without a question mark, the same', () => {
    const token = `${COMMON}&sr=c&sp=rl&sig=s`;
    expect(inspectSas(` ?${token}\n`)).toEqual(inspectSas(token));
  });

  it('does not call a token that also allows http https only', () => {
    expect(inspectSas('spr=https,http&sig=s')?.httpsOnly).toBe(false);
    expect(inspectSas('sp=r&sig=s')?.httpsOnly).toBe(false);
  });

  it.each(['', '?', 'hello', 'sv=2024-11-04&sp=rl', 'sig=', '{"token":"x"}'])(
    'does not take %j for a token',
    (text) => {
      expect(inspectSas(text)).toBeUndefined();
    },
  );

  it('never gives the signature away', () => {
    expect(JSON.stringify(inspectSas(`${COMMON}&sr=c&sp=rl&sig=topsecret`))).not.toContain('topsecret');
  });
});

describe('neededPermissions', () => {
  it('follows the direction, and the pipeline that deletes its source', () => {
    expect(neededPermissions('export', false)).toBe('rawl');
    expect(neededPermissions('export', true)).toBe('rawl');
    expect(neededPermissions('import', false)).toBe('rl');
    expect(neededPermissions('import', true)).toBe('rdl');
  });
});

describe('expiryMsOf', () => {
  const read = (text: string) => expiryMsOf(inspectSas(`${text}&sig=s`) as SasFacts);

  it("is the token's own end, or its key's where that comes first", () => {
    expect(read('se=2026-01-07T00:00:00Z')).toBe(Date.parse('2026-01-07T00:00:00Z'));
    expect(read('se=2026-01-07T00:00:00Z&ske=2026-01-06T00:00:00Z')).toBe(Date.parse('2026-01-06T00:00:00Z'));
    expect(read('se=2026-01-07T00:00:00Z&ske=2026-01-08T00:00:00Z')).toBe(Date.parse('2026-01-07T00:00:00Z'));
  });

  it('is no number for a token that does not say', () => {
    expect(read('sp=r')).toBeNaN();
  });
});

import { decideRotation } from '../../../../src/domain/sas/rotation.ts';

const NOW = new Date('2026-01-05T00:00:00Z');

function token(fields: Record<string, string | undefined>): string {
  const all = { sv: '2024-11-04', sr: 'c', sp: 'rawl', spr: 'https', st: '2026-01-01T00:00:00Z', sig: 's', ...fields };
  const given = Object.entries(all).filter((field): field is [string, string] => field[1] !== undefined);
  return `?${new URLSearchParams(given)}`;
}

function account(fields: Record<string, string>): string {
  return token({ sr: undefined, ss: 'b', srt: 'sco', se: '2026-01-31T00:00:00Z', ...fields });
}

function decide(value: string | undefined, needed = 'rawl') {
  return decideRotation({ token: value, needed, now: NOW });
}

describe('decideRotation', () => {
  it('leaves a token alone of whose life a third or more is left', () => {
    expect(decide(token({ se: '2026-01-31T00:00:00Z' }))).toEqual({
      state: 'Fresh',
      expiresAt: '2026-01-31T00:00:00.000Z',
    });
    expect(decide(token({ se: '2026-01-07T00:00:00Z' })).state).toBe('Fresh');
  });

  it('replaces a token when less than a third of its life is left', () => {
    const decision = decide(token({ se: '2026-01-06T23:59:59Z' }));
    expect(decision).toMatchObject({ state: 'Due', reason: expect.stringContaining('2026-01-06T23:59:59') });
  });

  it.each([
    ['allows http', token({ se: '2026-01-31T00:00:00Z', spr: 'https,http' }), /http/],
    ['is tied to addresses', token({ se: '2026-01-31T00:00:00Z', sip: '10.0.0.1' }), /10\.0\.0\.1/],
    ['is not for the service', account({ srt: 'co' }), /'co'/],
  ])('replaces a token that works, and yet %s', (_, value, reason) => {
    expect(decide(value)).toMatchObject({ state: 'Due', reason: expect.stringMatching(reason) });
  });

  it('leaves an account token with all resource types alone', () => {
    expect(decide(account({})).state).toBe('Fresh');
  });

  it('takes a token without a start for one of seven days, so that it is replaced before it expires', () => {
    expect(decide(token({ st: undefined, se: '2026-01-07T00:00:00Z' })).state).toBe('Due');
    expect(decide(token({ st: undefined, se: '2026-01-08T00:00:00Z' })).state).toBe('Fresh');
  });

  it.each<[string, string | undefined, string, RegExp]>([
    ['there is no secret', undefined, 'SECRET_MISSING', /no such secret/],
    ['the secret is no token', 'hello', 'SAS_MALFORMED', /not hold a SAS token/],
    ['the expiry is missing', token({ se: undefined }), 'SAS_MALFORMED', /expiry/],
    ['the expiry is no time', token({ se: 'tomorrow' }), 'SAS_MALFORMED', /expiry/],
    ['it has expired', token({ se: '2026-01-04T23:59:59Z' }), 'SAS_EXPIRED', /2026-01-04T23:59:59/],
    ['its key has expired', token({ se: '2026-01-31T00:00:00Z', ske: '2026-01-04T00:00:00Z' }), 'SAS_EXPIRED', /01-04/],
    ['it is for a blob', token({ se: '2026-01-31T00:00:00Z', sr: 'b' }), 'SAS_WRONG_RESOURCE', /'b'/],
    ['it is for queues', account({ ss: 'q' }), 'SAS_MISSING_SERVICE', /'q'/],
    ['it is not for objects', account({ srt: 'sc' }), 'SAS_MISSING_RESOURCE_TYPES', /'o'/],
    ['it expires now', token({ se: '2026-01-05T00:00:00Z' }), 'SAS_EXPIRED', /2026-01-05/],
    ['a permission is missing', token({ se: '2026-01-31T00:00:00Z', sp: 'rl' }), 'SAS_MISSING_PERMISSION', /'aw'/],
    ['it has not begun', token({ st: '2026-01-06T00:00:00Z', se: '2026-01-31T00:00:00Z' }), 'SAS_NOT_YET_VALID', /06T/],
  ])('calls a token broken when %s', (_, value, code, reason) => {
    expect(decide(value)).toEqual({ state: 'Broken', code, reason: expect.stringMatching(reason) });
  });

  it('asks for d only where the pipeline deletes its source', () => {
    const value = token({ se: '2026-01-31T00:00:00Z', sp: 'rl' });
    expect(decide(value, 'rl').state).toBe('Fresh');
    expect(decide(value, 'rdl')).toMatchObject({
      code: 'SAS_MISSING_PERMISSION',
      reason: expect.stringContaining("'d'"),
    });
  });

  it('leaves a token to its stored access policy where that has expiry and permissions', () => {
    const policy = { si: 'transfer', sp: undefined, st: undefined };
    expect(decide(token({ ...policy, se: undefined })).state).toBe('Fresh');
    expect(decide(token({ ...policy, se: '2026-01-31T00:00:00Z' })).state).toBe('Fresh');
    expect(decide(token({ ...policy, se: '2026-01-04T00:00:00Z' }))).toMatchObject({ code: 'SAS_EXPIRED' });
  });

  it('never gives the signature away', () => {
    for (const se of ['2026-01-31T00:00:00Z', '2026-01-04T00:00:00Z', 'x', undefined]) {
      expect(JSON.stringify(decide(token({ se, sig: 'topsecret' })))).not.toContain('topsecret');
    }
  });
});

import { judgeProbe } from '../../../../src/domain/checks/probe-check.ts';
import { judgeToken } from '../../../../src/domain/checks/token-checks.ts';

const now = new Date('2026-01-05T12:00:00Z');
const ROTATE = 'Rotate the token (POST /routes/{route}/rotate-sas); see why the rotation timer did not.';

function token(fields: Record<string, string | undefined>): string {
  const all = {
    sv: '2024-11-04',
    sr: 'c',
    sp: 'rawl',
    spr: 'https',
    st: '2026-01-05T00:00:00Z',
    se: '2026-01-10T00:00:00Z',
    skoid: 'o',
    sig: 'topsecret',
    ...fields,
  };
  return `?${new URLSearchParams(Object.entries(all).filter((field): field is [string, string] => field[1] !== undefined))}`;
}
const account = (fields: Record<string, string>) =>
  token({ sr: undefined, skoid: undefined, ss: 'b', srt: 'sco', ...fields });
const judged = (value: string) => judgeToken({ side: 'source', token: value, needed: 'rawl', now });

describe('judgeToken', () => {
  it.each([
    ['a container token', token({})],
    ['an account token', account({})],
    ['a token without a start', token({ st: undefined })],
    ['a token that leaves all to a policy', token({ si: 'transfer', sp: undefined, st: undefined, se: undefined })],
  ])('finds nothing wrong with %s', (_, value) => {
    const checks = judged(value);
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(checks.map(({ remedy }) => remedy).join('')).toBe('');
    expect(checks.length).toBeGreaterThan(4);
  });

  it.each<[string, string, 'fault' | 'warning', string]>([
    [
      'not a token',
      'SAS_MALFORMED',
      'fault',
      'Rotate the token (POST /routes/{route}/rotate-sas), or store a SAS token as the newest version.',
    ],
    [
      token({ se: 'tomorrow' }),
      'SAS_MALFORMED',
      'fault',
      'Rotate the token (POST /routes/{route}/rotate-sas), or store a SAS token as the newest version.',
    ],
    [
      token({ sr: 'b' }),
      'SAS_WRONG_RESOURCE',
      'fault',
      'Make a token for the container, not for a blob or a folder, or have the app rotate it.',
    ],
    [
      account({ ss: 'qt' }),
      'SAS_MISSING_SERVICE',
      'fault',
      'Make the account SAS for the blob service, or have the app rotate it.',
    ],
    [
      account({ srt: 'co' }),
      'SAS_MISSING_RESOURCE_TYPES',
      'fault',
      'Make the account SAS with resource types sco (missing: s), or use a container SAS.',
    ],
    [
      token({ sp: 'rl' }),
      'SAS_MISSING_PERMISSION',
      'fault',
      "Make a token that also has 'aw', or have the app rotate it.",
    ],
    [
      token({ spr: 'https,http' }),
      'SAS_HTTP_ALLOWED',
      'fault',
      'Make the token for https only, or have the app rotate it.',
    ],
    [
      token({ sip: '10.0.0.1' }),
      'SAS_IP_RESTRICTED',
      'warning',
      'Make the token without an IP range, or have the app rotate it.',
    ],
    [
      token({ st: '2026-01-05T13:00:00Z' }),
      'SAS_NOT_YET_VALID',
      'fault',
      'Make the token with a start 15 minutes back, or have the app rotate it.',
    ],
    [
      token({ st: '2026-01-05T11:58:00Z' }),
      'SAS_START_SKEW',
      'warning',
      'Wait 5 minutes, and make the next token with a start 15 minutes back.',
    ],
    [token({ se: '2026-01-05T11:59:00Z' }), 'SAS_EXPIRED', 'fault', ROTATE],
    [token({ ske: '2026-01-05T11:59:00Z' }), 'SAS_EXPIRED', 'fault', ROTATE],
    [token({ se: '2026-01-06T11:59:00Z' }), 'SAS_EXPIRES_SOON', 'warning', ROTATE],
  ])('finds of %s: %s alone', (value, code, status, remedy) => {
    const wrong = judged(value).filter((check) => check.status !== 'ok');
    expect(wrong).toEqual([
      { code, side: 'source', status, found: expect.any(String), needed: expect.any(String), remedy },
    ]);
  });

  it('never gives the signature away', () => {
    for (const value of [token({}), token({ sp: 'r' }), token({ se: undefined }), account({ srt: 'o' })]) {
      expect(JSON.stringify(judged(value))).not.toContain('topsecret');
    }
  });
});

describe('judgeProbe', () => {
  const refused = (code: string) => ({ ok: false as const, permission: 'w', status: 403, code });

  it('is SAS_REFUSED, ok, for a token that works', () => {
    expect(judgeProbe('target', { ok: true }, { kind: 'userDelegation', isOpenToApp: true })).toMatchObject({
      code: 'SAS_REFUSED',
      status: 'ok',
    });
  });

  it.each([
    [
      'AuthenticationFailed',
      'accountKey',
      'SAS_SIGNATURE_REFUSED',
      'Rotate the token (POST /routes/{route}/rotate-sas): the account key was regenerated, or the token was cut or changed.',
    ],
    [
      'AuthenticationFailed',
      'userDelegation',
      'SAS_SIGNATURE_REFUSED',
      'Rotate the token (POST /routes/{route}/rotate-sas): the delegation keys were revoked, or the token was cut or changed.',
    ],
    [
      'AuthorizationPermissionMismatch',
      'userDelegation',
      'SAS_SIGNER_WITHOUT_ROLE',
      'Give the identity that signs (the app) Storage Blob Data Contributor on the container.',
    ],
    [
      'AuthorizationFailure',
      'userDelegation',
      'STORAGE_NETWORK_BLOCKED',
      'Open the storage account to the public network: ACR is no trusted service for storage.',
    ],
    [
      'AuthorizationProtocolMismatch',
      'account',
      'SAS_REFUSED',
      'Rotate the token (POST /routes/{route}/rotate-sas); see the code of storage.',
    ],
  ] as const)('tells the cause of %s for a token of kind %s: %s', (answer, kind, code, remedy) => {
    expect(judgeProbe('source', refused(answer), { kind, isOpenToApp: false })).toEqual({
      code,
      side: 'source',
      status: 'fault',
      found: `'w' was refused: 403 ${answer}`,
      needed: 'a token that the storage takes',
      remedy,
    });
  });

  it('does not call it the network where the app itself gets through', () => {
    const context = { kind: 'accountKey', isOpenToApp: true } as const;
    expect(judgeProbe('source', refused('AuthorizationFailure'), context).code).toBe('SAS_SIGNATURE_REFUSED');
  });
});

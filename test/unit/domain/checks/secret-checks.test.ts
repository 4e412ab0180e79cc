import { judgeSecret, judgeSecretUri } from '../../../../src/domain/checks/secret-checks.ts';

const now = new Date('2026-01-05T00:00:00Z');
const uri = 'https://v.vault.example/secrets/sas';
const notOk = <T extends { status: string }>(checks: T[]) => checks.filter(({ status }) => status !== 'ok');

describe('judgeSecretUri', () => {
  const judged = (location: { version?: string } | undefined) =>
    judgeSecretUri('source', { keyVaultUri: uri, vaultSuffix: 'vault.example', location });

  it('finds nothing wrong with a secret without a version', () => {
    expect(notOk(judged({}))).toEqual([]);
  });

  it.each([
    [
      undefined,
      'SECRET_URI_INVALID',
      'Correct keyVaultUri of the pipeline, or set its storageAccessMode to ManagedIdentity.',
    ],
    [
      { version: 'abc' },
      'SECRET_VERSION_PINNED',
      'Take the version from keyVaultUri of the pipeline: a token that is rotated is a new version.',
    ],
  ])('finds %j: %s', (location, code, remedy) => {
    expect(notOk(judged(location))).toEqual([expect.objectContaining({ code, status: 'fault', remedy })]);
  });
});

describe('judgeSecret', () => {
  it('finds nothing wrong with one that lasts, or has no expiry', () => {
    for (const expiresAt of [undefined, '2026-01-06T00:00:00Z']) {
      expect(notOk(judgeSecret('source', uri, { state: 'found', expiresAt }, now))).toEqual([]);
    }
  });

  it.each([
    [
      { state: 'missing' },
      'SECRET_MISSING',
      'fault',
      'Rotate the token (POST /routes/{route}/rotate-sas), or correct keyVaultUri of the pipeline.',
    ],
    [
      { state: 'disabled' },
      'SECRET_DISABLED',
      'fault',
      'Enable the newest version of the secret, or rotate the token (POST /routes/{route}/rotate-sas).',
    ],
    [
      { state: 'found', expiresAt: '2026-01-04T00:00:00Z' },
      'SECRET_EXPIRED',
      'warning',
      'Rotate the token (POST /routes/{route}/rotate-sas): its secret should end when the token does.',
    ],
  ] as const)('finds %j: %s', (secret, code, status, remedy) => {
    expect(notOk(judgeSecret('target', uri, secret, now))).toEqual([
      expect.objectContaining({ code, status, remedy, side: 'target' }),
    ]);
  });
});

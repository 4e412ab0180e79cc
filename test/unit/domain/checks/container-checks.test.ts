import { type ArchiveFacts, judgeArchives } from '../../../../src/domain/checks/archive-checks.ts';
import {
  judgeAppRight,
  judgeContainerExists,
  judgeContainerShared,
} from '../../../../src/domain/checks/container-checks.ts';
import { judgeAccount } from '../../../../src/domain/checks/network-checks.ts';

describe('the container', () => {
  it('is a fault when it is missing, or shared', () => {
    expect(judgeContainerExists('target', 'https://a/c', false)).toMatchObject({
      code: 'CONTAINER_NOT_FOUND',
      status: 'fault',
      remedy: 'Create the container, or correct target.container of the route.',
    });
    expect(judgeContainerShared('source', ['other'])).toMatchObject({
      code: 'CONTAINER_SHARED',
      status: 'fault',
      found: 'also used by other',
      remedy: 'Give each pipeline a container of its own.',
    });
    expect(judgeContainerExists('target', 'https://a/c', true).status).toBe('ok');
    expect(judgeContainerShared('source', []).status).toBe('ok');
  });

  it.each([
    [
      'APP_READ_DENIED',
      "Give the app's identity Storage Blob Data Contributor (source: Reader will do) on the container.",
    ],
    ['APP_WRITE_DENIED', "Give the app's identity Storage Blob Data Contributor on the target container."],
    [
      'APP_DELEGATION_DENIED',
      "Give the app's identity Storage Blob Delegator on the storage account, or Contributor on its blobs.",
    ],
    [
      'APP_REGISTRY_DENIED',
      "Give the app's identity AcrPull on the registry (Container Registry Repository Reader in ABAC mode).",
    ],
  ] as const)('names the role that is missing for %s', (code, remedy) => {
    expect(judgeAppRight('source', code, '403')).toMatchObject({ code, status: 'fault', found: '403', remedy });
    expect(judgeAppRight('source', code, undefined)).toMatchObject({ code, status: 'ok', remedy: '' });
  });
});

describe('judgeArchives', () => {
  const now = new Date('2026-03-05T00:00:00Z');
  const good: ArchiveFacts = {
    name: 'a.tar',
    lastModified: '2026-03-04T00:00:00Z',
    hasMd5: true,
    metadata: { Category: 'acr-transfer-blob' },
    isOwn: false,
  };
  const wrong = (archives: ArchiveFacts[], deletesSource = false) =>
    judgeArchives({ archives, deletesSource, now }).filter(({ status }) => status !== 'ok');

  it("finds nothing wrong with good archives, nor with the app's own, which have no mark on purpose", () => {
    expect(wrong([good])).toEqual([]);
    expect(wrong([{ ...good, metadata: {}, hasMd5: false, isOwn: true }])).toEqual([]);
  });

  it.each([
    [
      { lastModified: '2026-01-03T23:59:00Z' },
      'ARCHIVE_TOO_OLD',
      'Change their metadata, which makes them new, or import them by hand (a manual run takes any age).',
    ],
    [
      { hasMd5: false },
      'ARCHIVE_WITHOUT_MD5',
      'Copy them again so that Content-MD5 is kept (AzCopy: --put-md5), or import them by hand.',
    ],
    [
      { metadata: { category: 'other' } },
      'ARCHIVE_WITHOUT_CATEGORY',
      'Set that metadata on them: a copy between accounts may drop it; or import them by hand.',
    ],
  ])('finds %j: %s', (change, code, remedy) => {
    expect(wrong([good, { ...good, name: 'bad.tar', ...change }], true)).toEqual([
      expect.objectContaining({ code, status: 'warning', found: '1: bad.tar', remedy }),
    ]);
  });

  it('finds archives that nobody deletes after a week', () => {
    const kept = { ...good, lastModified: '2026-02-25T00:00:00Z', isOwn: true };
    expect(wrong([kept], true)).toEqual([]);
    expect(wrong([kept])).toEqual([expect.objectContaining({ code: 'ARCHIVES_NOT_DELETED', found: '1: a.tar' })]);
  });

  it('names five, and counts the rest', () => {
    const many = Array.from({ length: 7 }, (_, index) => ({ ...good, name: `${index}`, hasMd5: false }));
    expect(wrong(many)[0]?.found).toBe('7: 0, 1, 2, 3, 4, and 2 more');
  });
});

describe('judgeAccount', () => {
  const open = { id: '/a', publicNetworkAccess: undefined, defaultAction: undefined, allowsSharedKey: true };
  const wrong = (change: object, kind: 'account' | 'userDelegation' | undefined) =>
    judgeAccount('source', { ...open, ...change }, kind).filter(({ status }) => status !== 'ok');

  it('finds nothing wrong with an open account', () => {
    expect(wrong({}, 'account')).toEqual([]);
    expect(wrong({ allowsSharedKey: false }, 'userDelegation')).toEqual([]);
    expect(wrong({ allowsSharedKey: false }, undefined)).toEqual([]);
  });

  it.each([
    [{ defaultAction: 'Deny' }],
    [{ publicNetworkAccess: 'Disabled' }],
    [{ publicNetworkAccess: 'SecuredByPerimeter' }],
  ])('finds %j: STORAGE_NETWORK_BLOCKED', (change) => {
    expect(wrong(change, undefined)).toEqual([
      expect.objectContaining({
        code: 'STORAGE_NETWORK_BLOCKED',
        status: 'fault',
        remedy: 'Set the default action of the network rules to Allow: ACR is no trusted service for storage.',
      }),
    ]);
  });

  it('finds forbidden keys where a key has signed the token', () => {
    expect(wrong({ allowsSharedKey: false }, 'account')).toEqual([
      expect.objectContaining({
        code: 'STORAGE_KEYS_FORBIDDEN',
        status: 'fault',
        remedy: 'Set sas.kind of the route to userDelegation and rotate, or allow shared key access.',
      }),
    ]);
  });
});

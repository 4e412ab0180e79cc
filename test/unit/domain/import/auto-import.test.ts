import {
  brokenConditions,
  CLAIM_KEY,
  decideNoArchive,
  formatClaim,
  isTriggerOn,
  readClaim,
  withoutCategory,
} from '../../../../src/domain/import/auto-import.ts';

const ID = '0123456789abcdef0123456789abcdef';
const BLOB = { account: 'a', container: 'c', name: 'n.tar', bytes: 10, md5: 'm' };
const NOW = new Date('2026-03-01T00:00:00Z');

describe('a claim', () => {
  const metadata = { [CLAIM_KEY]: formatClaim(ID, BLOB) };

  it('names its import on the blob that it was made for', () => {
    expect(readClaim(metadata, BLOB)).toBe(ID);
  });

  it.each(['account', 'container', 'name', 'bytes', 'md5'] as const)('is none on a blob of another %s', (key) => {
    expect(readClaim(metadata, { ...BLOB, [key]: key === 'bytes' ? 11 : 'other' })).toBeUndefined();
  });

  it.each(['', ID, `${ID}-`, 'x'])('is none where the metadata says %p', (text) => {
    expect(readClaim({ [CLAIM_KEY]: text }, BLOB)).toBeUndefined();
  });
});

describe('brokenConditions', () => {
  const good = { metadata: { Category: 'acr-transfer-blob' }, md5: 'm', landedAt: '2026-02-01T00:00:00Z' };

  it('has none for a blob that the service takes', () => {
    expect(brokenConditions(good, NOW)).toEqual([]);
  });

  it('names every one that is broken', () => {
    const broken = brokenConditions({ metadata: { category: 'x' }, md5: null, landedAt: '2025-12-01T00:00:00Z' }, NOW);
    expect(broken).toEqual(['no metadata category=acr-transfer-blob', 'no Content-MD5', 'older than 60 days']);
  });
});

describe('decideNoArchive', () => {
  it.each(['a.tar.receipt.json', 'a.tar.imported.json', 'a.tar.receipt.json.jws', 'x/.azDownload-1-a.tar'])(
    'passes over %s',
    (name) => {
      expect(decideNoArchive({ name, bytes: 5 })).toBeDefined();
    },
  );

  it('passes over a blob without bytes, and tries everything else, in folders too', () => {
    expect(decideNoArchive({ name: 'a.tar', bytes: 0 })).toBeDefined();
    for (const name of ['a.tar', 'in/a/folder/a', 'readme.txt', 'receipt.json']) {
      expect(decideNoArchive({ name, bytes: 1 })).toBeUndefined();
    }
  });
});

it('a trigger is on unless it says that it is Disabled', () => {
  expect(['Disabled', 'disabled', 'Enabled', 'Other', undefined].map(isTriggerOn)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
});

it('withoutCategory removes the mark in whatever case and keeps the rest', () => {
  expect(withoutCategory({ Category: 'acr-transfer-blob', other: '1' })).toEqual({ other: '1' });
});

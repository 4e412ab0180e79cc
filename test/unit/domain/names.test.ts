import fc from 'fast-check';
import {
  formatArchiveName,
  formatBase32,
  formatBatchPath,
  formatBlobTriggerName,
  formatForceUpdateTag,
  formatImportId,
  formatRunName,
  instanceIds,
  makeTransferId,
  parseArchiveName,
  TRANSFER_ID,
} from '../../../src/domain/names.ts';
import { attempts, batchPaths, transferIds } from './arbitraries.ts';

const KEY = { id: '20261123-184512-k3f7ab', path: 'b0001', attempt: 1 };
const keys = fc.record({ id: transferIds, path: batchPaths, attempt: attempts });

describe('formatBase32', () => {
  // RFC 4648 §10, in lower case and without padding.
  it.each([
    ['', ''],
    ['f', 'my'],
    ['fo', 'mzxq'],
    ['foo', 'mzxw6'],
    ['foob', 'mzxw6yq'],
    ['fooba', 'mzxw6ytb'],
    ['foobar', 'mzxw6ytboi'],
  ])('writes %j as %j', (text, written) => {
    expect(formatBase32(Buffer.from(text))).toBe(written);
  });

  it('carries every bit of the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const bits = [...formatBase32(bytes)]
          .map((letter) => 'abcdefghijklmnopqrstuvwxyz234567'.indexOf(letter).toString(2).padStart(5, '0'))
          .join('');
        const wanted = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
        expect(bits.slice(0, wanted.length)).toBe(wanted);
        expect(bits.slice(wanted.length)).toMatch(/^0{0,4}$/);
      }),
    );
  });
});

describe('makeTransferId', () => {
  it('is the time in UTC and six base32 characters', () => {
    const id = makeTransferId(new Date('2026-11-23T18:45:12.987Z'), Uint8Array.of(0, 1, 2, 255));
    expect(id).toBe('20261123-184512-aaaqf7');
  });

  it('has the form that a transfer id must have', () => {
    const years = { min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(years), fc.uint8Array({ minLength: 4, maxLength: 16 }), (now, entropy) => {
        expect(makeTransferId(now, entropy)).toMatch(TRANSFER_ID);
        expect(makeTransferId(now, entropy)).toMatch(/^\d{8}-\d{6}-[a-z2-7]{6}$/);
      }),
    );
  });
});

describe('TRANSFER_ID', () => {
  it.each(['abc', 'a-b', '0'.repeat(63)])('holds for %j', (id) => expect(id).toMatch(TRANSFER_ID));
  it.each(['ab', '-ab', 'ab-', 'aBc', 'a_b', 'a/b', '0'.repeat(64), 'abc\n'])('does not hold for %j', (id) =>
    expect(id).not.toMatch(TRANSFER_ID),
  );
});

describe('formatRunName', () => {
  it('derives from transfer, batch, direction and attempt', () => {
    expect(formatRunName('export', KEY)).toBe('eosnqetdbzszgven3f7t3yeg5tza01');
    expect(formatRunName('import', KEY)).toBe('iosnqetdbzszgven3f7t3yeg5tza01');
  });

  it('is 30 letters and digits for every key', () => {
    fc.assert(
      fc.property(fc.constantFrom('export' as const, 'import' as const), keys, (direction, key) => {
        const name = formatRunName(direction, key);
        expect(name).toMatch(/^[ei][a-z2-7]{26}a\d{2}$/);
        expect(name).toHaveLength(30);
        expect(name.slice(-2)).toBe(String(key.attempt).padStart(2, '0'));
      }),
    );
  });

  it('is another for another attempt, batch, direction or transfer', () => {
    const names = [
      formatRunName('export', KEY),
      formatRunName('import', KEY),
      formatRunName('export', { ...KEY, attempt: 2 }),
      formatRunName('export', { ...KEY, path: 'b0002' }),
      formatRunName('export', { ...KEY, id: 'other' }),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([0, 100, 1.5, -1, Number.NaN])('refuses attempt %d', (attempt) => {
    expect(() => formatRunName('export', { ...KEY, attempt })).toThrow(/allowed are 1 to 99/);
  });
});

describe('formatForceUpdateTag', () => {
  it('is id, path and attempt', () => {
    expect(formatForceUpdateTag(KEY)).toBe('20261123-184512-k3f7ab/b0001/1');
  });
});

describe('formatBatchPath', () => {
  it('has four digits, more where there are more batches', () => {
    expect([1, 42, 9999, 10_000].map(formatBatchPath)).toEqual(['b0001', 'b0042', 'b9999', 'b10000']);
  });
});

describe('parseArchiveName', () => {
  it('is the inverse of formatArchiveName', () => {
    fc.assert(
      fc.property(keys, (key) => {
        expect(parseArchiveName(formatArchiveName(key))).toEqual(key);
      }),
    );
  });

  it('finds the key of an id that looks like an archive itself', () => {
    const key = { id: 'x1-b0001-a01', path: 'b0002lr', attempt: 7 };
    expect(formatArchiveName(key)).toBe('x1-b0001-a01-b0002lr-a07.tar');
    expect(parseArchiveName('x1-b0001-a01-b0002lr-a07.tar')).toEqual(key);
  });

  it.each([
    'nightly.tar',
    'abc-b0001-a01.tar.gz',
    'abc-b0001-a1.tar',
    'abc-b0001-a00.tar',
    'abc-b001-a01.tar',
    'abc-b0001q-a01.tar',
    'folder/abc-b0001-a01.tar',
    'ABC-b0001-a01.tar',
    'abc-b0001-a01',
    '',
  ])('does not know %j', (name) => {
    expect(parseArchiveName(name)).toBeUndefined();
  });
});

describe('instanceIds', () => {
  it('derive from what they work on', () => {
    expect(instanceIds.transfer('abc')).toBe('transfer:abc');
    expect(instanceIds.segment('abc', 2)).toBe('segment:abc:2');
    expect(instanceIds.batch('abc', 'b0001')).toBe('batch:abc:b0001');
    expect(instanceIds.run('e1')).toBe('run:e1');
    expect(instanceIds.import('0f')).toBe('import:0f');
  });

  it('are other ones for other attempts of one copy', () => {
    expect(instanceIds.copy('a.tar', 1)).toBe('copy:a.tar');
    expect(instanceIds.copy('a.tar', 2)).not.toBe('copy:a.tar');
  });

  it('are the same for two routes that share a secret, however its URI is spelled', () => {
    expect(instanceIds.rotate('https://v.vault.azure.net/secrets/s')).toBe('rotate:dbd32f8da51301d6375b9d4869d28f93');
    expect(instanceIds.rotate('https://V.vault.azure.net/secrets/S')).toBe('rotate:dbd32f8da51301d6375b9d4869d28f93');
  });
});

describe('formatImportId', () => {
  const blob = { account: 'contosocn', container: 'transfer', name: 'a.tar', etag: '0x8D1' };

  it('derives from account, container, blob and ETag', () => {
    expect(formatImportId(blob)).toBe('8b6e46c7aea8ce9cbd3041f88ddcb6fb');
  });

  it('does not depend on the quotes of the ETag', () => {
    expect(formatImportId({ ...blob, etag: '"0x8D1"' })).toBe(formatImportId(blob));
  });

  it('is another when the blob is overwritten', () => {
    expect(formatImportId({ ...blob, etag: '0x8D2' })).not.toBe(formatImportId(blob));
  });
});

describe('formatBlobTriggerName', () => {
  it('derives from account and container', () => {
    expect(formatBlobTriggerName('contosocn', 'transfer')).toBe('importBlob_ec5756f5');
  });
});

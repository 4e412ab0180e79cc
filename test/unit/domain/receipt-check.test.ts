import fc from 'fast-check';
import { judgeReceipt } from '../../../src/domain/receipt-check.ts';

const ARCHIVE = { name: 'n.tar', bytes: 10, md5: 'AAAAAAAAAAAAAAAAAAAAAA==' };
const RECEIPT = {
  version: 1,
  transfer: 't1',
  route: 'r',
  batch: 'b0001',
  archive: ARCHIVE,
  catalogDigest: null,
  exportedAt: '2026-01-01T00:00:00Z',
  artifacts: [
    { artifact: 'a:1', digest: `sha256:${'0'.repeat(64)}`, mediaType: null, bytes: null, presence: 'confirmed' },
  ],
};
const judge = (receipt: unknown, signatureFault: string | null = null) =>
  judgeReceipt({ text: JSON.stringify(receipt), signatureFault, archive: ARCHIVE }).view;

describe('judgeReceipt', () => {
  it('takes the receipt of the very archive, also where one side has no MD5', () => {
    expect(judge(RECEIPT)).toEqual({ state: 'matched', reason: null, transfer: 't1', batch: 'b0001' });
    expect(judge({ ...RECEIPT, archive: { ...ARCHIVE, md5: null } }).state).toBe('matched');
  });

  it.each([
    ['another name', { name: 'other.tar' }],
    ['another length', { bytes: 11 }],
    ['another MD5', { md5: 'BBBBBBBBBBBBBBBBBBBBBB==' }],
  ])('finds a mismatch by %s, and says so', (_name, change) => {
    const view = judge({ ...RECEIPT, archive: { ...ARCHIVE, ...change } });
    expect(view).toMatchObject({ state: 'mismatch', transfer: 't1' });
    expect(view.reason).toContain(String(Object.values(change)[0]));
  });

  it('does not read what it does not trust', () => {
    expect(judge(RECEIPT, 'no key given has made the signature')).toMatchObject({ state: 'unsigned', transfer: null });
  });

  it('has nothing to say without one', () => {
    expect(judgeReceipt({ text: undefined, signatureFault: null, archive: ARCHIVE }).view.state).toBe('none');
  });

  it('never throws and never matches for what somebody else may have put there', () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .constantFrom(...Object.keys(RECEIPT))
        .chain((key) => fc.anything().map((value) => JSON.stringify({ ...RECEIPT, [key]: value }) ?? '')),
      fc.nat({ max: JSON.stringify(RECEIPT).length - 1 }).map((length) => JSON.stringify(RECEIPT).slice(0, length)),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const { view, receipt } = judgeReceipt({ text, signatureFault: null, archive: ARCHIVE });
        if (view.state === 'matched') {
          expect(receipt?.archive).toMatchObject({ name: ARCHIVE.name, bytes: ARCHIVE.bytes });
        } else expect(receipt).toBeNull();
      }),
    );
  });
});

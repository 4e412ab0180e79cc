import fc from 'fast-check';
import { judgeReceipt } from '../../../../src/domain/receipt/receipt-check.ts';

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
const OPTIONAL = { signatureFault: null, archive: ARCHIVE, receipts: 'optional' } as const;
const judge = (receipt: unknown, signatureFault: string | null = null) =>
  judgeReceipt({ ...OPTIONAL, text: JSON.stringify(receipt), signatureFault }).view;

const md5Bytes = (md5: string) => Buffer.from(md5, 'base64').toString('hex');

describe('judgeReceipt', () => {
  it('takes the receipt of the very archive, also where it promises no MD5', () => {
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

  it('does not take a promised MD5 for one that is there: a mismatch where required, a named reason where not', () => {
    const unmarked = { ...OPTIONAL, text: JSON.stringify(RECEIPT), archive: { ...ARCHIVE, md5: null } };
    const required = judgeReceipt({ ...unmarked, receipts: 'required' });
    expect(required).toMatchObject({ view: { state: 'mismatch', transfer: 't1', batch: 'b0001' }, receipt: null });
    const optional = judgeReceipt(unmarked);
    expect(optional).toMatchObject({ view: { state: 'matched' }, receipt: { transfer: 't1' } });
    for (const { view } of [required, optional]) expect(view.reason).toMatch(/no Content-MD5.*azcopy copy --put-md5/);
  });

  it('says of a blob that nobody has seen that it was not compared', () => {
    const gone = { ...OPTIONAL, text: JSON.stringify(RECEIPT), archive: { ...ARCHIVE, bytes: null, md5: null } };
    expect(judgeReceipt({ ...gone, receipts: 'required' }).view.state).toBe('mismatch');
    expect(judgeReceipt(gone).view).toMatchObject({ state: 'matched', reason: expect.stringContaining('gone') });
  });

  it('does not read what it does not trust', () => {
    expect(judge(RECEIPT, 'no key given has made the signature')).toMatchObject({ state: 'unsigned', transfer: null });
  });

  it('has nothing to say without one', () => {
    expect(judgeReceipt({ ...OPTIONAL, text: undefined }).view.state).toBe('none');
  });

  it('never throws and never matches for what somebody else may have put there', () => {
    const archives = fc.record(
      {
        name: fc.oneof(fc.constantFrom(ARCHIVE.name, 'N.tar', './n.tar', ''), fc.string()),
        bytes: fc.oneof(fc.constantFrom(10, '10', 10.5, -10, null), fc.nat()),
        md5: fc.oneof(fc.constantFrom(ARCHIVE.md5, 'AAAAAAAAAAAAAAAAAAAAAA', '', null), fc.base64String()),
        extra: fc.anything(),
      },
      { requiredKeys: [] },
    );
    const blobs = fc.constantFrom(ARCHIVE, { ...ARCHIVE, md5: null }, { ...ARCHIVE, bytes: null, md5: null });
    const hostile = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .constantFrom(...Object.keys(RECEIPT))
        .chain((key) => fc.anything().map((value) => JSON.stringify({ ...RECEIPT, [key]: value }) ?? '')),
      archives.map((archive) => JSON.stringify({ ...RECEIPT, archive })),
      fc.nat({ max: JSON.stringify(RECEIPT).length - 1 }).map((length) => JSON.stringify(RECEIPT).slice(0, length)),
    );
    fc.assert(
      fc.property(hostile, blobs, fc.constantFrom('required', 'optional'), (text, archive, receipts) => {
        const { view, receipt } = judgeReceipt({ text, signatureFault: null, archive, receipts });
        if (view.state !== 'matched') return expect(receipt).toBeNull();
        const said = receipt?.archive;
        expect(said?.name).toBe(archive.name);
        if (archive.bytes !== null) expect(said?.bytes).toBe(archive.bytes);
        if (said?.md5 != null && archive.md5 !== null) expect(md5Bytes(said.md5)).toEqual(md5Bytes(archive.md5));
        const isUntold = archive.bytes === null || (said?.md5 !== null && archive.md5 === null);
        expect(view.reason === null).toBe(!isUntold);
        if (receipts === 'required') expect(isUntold).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

import type { Failure } from '../../../../src/domain/errors.ts';
import {
  decideImportEnd,
  decideImported,
  type ExpectedArtifact,
  namedBy,
  parseImported,
} from '../../../../src/domain/import/import-outcome.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const FAILURE: Failure = { class: 'service', code: 'RUN_FAILED', message: 'it failed' };
const expected = (given: Partial<ExpectedArtifact>): ExpectedArtifact => ({
  artifact: 'x:1',
  expectedDigest: A,
  presence: 'confirmed',
  digest: A,
  isNotInReceipt: false,
  ...given,
});
const end = (
  given: Partial<ExpectedArtifact>[],
  failure: Failure | null = null,
  receipts: 'required' | 'optional' = 'optional',
) =>
  decideImportEnd(
    given.map((one) => decideImported(expected(one), { failure, receipts })),
    failure,
  );

describe('the end of an import', () => {
  it('is Succeeded when every digest is there, even where a run failed', () => {
    expect(end([{}, {}])).toEqual({ state: 'Succeeded', error: null });
    expect(end([{}], FAILURE)).toEqual({ state: 'Succeeded', error: null });
  });

  it('lets a missing artifact that was only expected fail alone', () => {
    expect(end([{}, { presence: 'expected', digest: null }])).toEqual({ state: 'CompletedWithErrors', error: null });
  });

  it('is a mismatch when a confirmed one is missing', () => {
    expect(end([{}, { digest: null }])).toMatchObject({ state: 'Failed', error: { code: 'RECEIPT_MISMATCH' } });
  });

  it('names a conflict where another digest has the tag', () => {
    expect(decideImported(expected({ digest: B }), { failure: null, receipts: 'optional' })).toMatchObject({
      outcome: 'Failed',
      error: { class: 'conflict', code: 'TAG_EXISTS' },
    });
  });

  it('tells the failure of the run for what did not arrive by it', () => {
    expect(end([{ digest: null }], FAILURE)).toEqual({ state: 'Failed', error: FAILURE });
    expect(end([{}, { digest: null }], FAILURE)).toEqual({ state: 'CompletedWithErrors', error: FAILURE });
  });

  it('is the run’s without a receipt and without artifacts', () => {
    expect(end([])).toEqual({ state: 'Succeeded', error: null });
    expect(end([], FAILURE)).toEqual({ state: 'Failed', error: FAILURE });
  });

  const BESIDE = { artifact: 'y:1', expectedDigest: null, presence: 'expected', isNotInReceipt: true } as const;

  it('does not let what no receipt names pass where one is required, and names it', () => {
    expect(end([{}, BESIDE])).toEqual({ state: 'Succeeded', error: null });
    expect(end([{}, BESIDE], null, 'required')).toEqual({ state: 'CompletedWithErrors', error: null });
    expect(decideImported(expected(BESIDE), { failure: null, receipts: 'required' })).toMatchObject({
      artifact: 'y:1',
      outcome: 'Transferred',
      isNotInReceipt: true,
      error: { class: 'artifact', code: 'NOT_IN_RECEIPT' },
    });
  });

  it('counts what the receipt names only: the rest makes up for nothing', () => {
    const missing = { presence: 'expected', digest: null } as const;
    expect(end([missing, BESIDE])).toMatchObject({ state: 'Failed', error: { code: 'NOT_ARRIVED' } });
  });

  it('does not hide a run that failed after part of what nobody has listed', () => {
    expect(end([{ expectedDigest: null }], FAILURE)).toEqual({ state: 'CompletedWithErrors', error: FAILURE });
  });
});

describe('namedBy', () => {
  const isNamed = namedBy({
    artifacts: [{ artifact: 'a/b:1', digest: A, mediaType: null, bytes: 1, presence: 'expected' }],
  });

  it('knows an artifact by its name, and by its digest in its repository', () => {
    expect(['a/b:1', `a/b@${A}`].map(isNamed)).toEqual([true, true]);
    expect(['a/b:2', `a/b@${B}`, `a/c@${A}`, 'b:1', 'x/a/b:1'].map(isNamed)).toEqual(Array(5).fill(false));
  });
});

describe('parseImported', () => {
  it.each([
    ['a/b:1', 'a/b:1'],
    ['R.azurecr.io/a/b:1', 'a/b:1'],
    [`r.azurecr.io/a@${A}`, `a@${A}`],
    ['r.azurecr.io/a', 'a:latest'],
    ['my.repo/app:v1', 'my.repo/app:v1'],
    ['not an artifact', undefined],
    ['', undefined],
  ])('%p → %p', (text, artifact) => {
    expect(parseImported(text, 'r.azurecr.io')).toBe(artifact);
  });
});

import type { Failure } from '../../../src/domain/errors.ts';
import {
  decideImportEnd,
  decideImported,
  type ExpectedArtifact,
  parseImported,
} from '../../../src/domain/import-outcome.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const FAILURE: Failure = { class: 'service', code: 'RUN_FAILED', message: 'it failed' };
const expected = (given: Partial<ExpectedArtifact>): ExpectedArtifact => ({
  artifact: 'x:1',
  expectedDigest: A,
  presence: 'confirmed',
  digest: A,
  ...given,
});
const end = (given: Partial<ExpectedArtifact>[], failure: Failure | null = null) =>
  decideImportEnd(
    given.map((one) => decideImported(expected(one), failure)),
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
    expect(decideImported(expected({ digest: B }), null)).toMatchObject({
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

  it('does not hide a run that failed after part of what nobody has listed', () => {
    expect(end([{ expectedDigest: null }], FAILURE)).toEqual({ state: 'CompletedWithErrors', error: FAILURE });
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

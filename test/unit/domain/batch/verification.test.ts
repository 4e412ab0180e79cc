import { decideOutcome, type Evidence } from '../../../../src/domain/batch/verification.ts';
import type { Failure } from '../../../../src/domain/errors.ts';

const OLD = 'sha256:old';
const NEW = 'sha256:new';
const failure: Failure = { class: 'access', code: 'SAS_EXPIRED', message: 'The token expired.' };
const unexplained: Failure = { class: 'service', code: 'RUN_FAILED', message: 'Run i1: failed.' };

describe('decideOutcome', () => {
  it.each<[string, Omit<Evidence, 'planned'>, string, string | undefined]>([
    ['is in the target as planned', { target: OLD, source: OLD, failure: undefined }, 'Transferred', undefined],
    ['arrived although the batch failed', { target: OLD, source: OLD, failure }, 'Transferred', undefined],
    ['arrived and is gone from the source', { target: OLD, source: undefined, failure }, 'Transferred', undefined],
    ['did not arrive, the batch failed', { target: undefined, source: OLD, failure }, 'Failed', 'SAS_EXPIRED'],
    ['did not arrive, no failure', { target: undefined, source: OLD, failure: undefined }, 'Failed', 'NOT_ARRIVED'],
    ['is another in the target', { target: NEW, source: OLD, failure: undefined }, 'Failed', 'TAG_EXISTS'],
    ['is another there, the run failed', { target: NEW, source: OLD, failure: unexplained }, 'Failed', 'TAG_EXISTS'],
    ['is another there, the failure is explained', { target: NEW, source: OLD, failure }, 'Failed', 'SAS_EXPIRED'],
    ['moved in the source', { target: NEW, source: NEW, failure: undefined }, 'Failed', 'TAG_MOVED'],
    ['moved, the batch failed', { target: undefined, source: NEW, failure }, 'Failed', 'TAG_MOVED'],
    ['is gone from the source', { target: undefined, source: undefined, failure }, 'Failed', 'ARTIFACT_GONE'],
  ])('judges an artifact that %s', (_, evidence, outcome, code) => {
    const verdict = decideOutcome('a:v1', { planned: OLD, ...evidence });
    expect(verdict.outcome).toBe(outcome);
    expect(verdict.failure?.code).toBe(code);
  });

  it('says of a moved tag that it is the artifact, and names both digests', () => {
    const { failure: found } = decideOutcome('a:v1', { planned: OLD, target: NEW, source: NEW, failure: undefined });
    expect(found).toMatchObject({ class: 'artifact', message: expect.stringMatching(/a:v1.*sha256:old.*sha256:new/) });
  });

  it('takes for its own only what another run could not change', () => {
    const own = (evidence: Omit<Evidence, 'planned'>) => decideOutcome('a:v1', { planned: OLD, ...evidence }).isOwn;
    expect(own({ target: undefined, source: undefined, failure })).toBe(true);
    expect(own({ target: undefined, source: NEW, failure })).toBe(true);
    expect(own({ target: NEW, source: OLD, failure: undefined })).toBe(true);
    expect(own({ target: undefined, source: OLD, failure })).toBe(false);
    expect(own({ target: undefined, source: OLD, failure: undefined })).toBe(false);
  });

  it('says of what did not arrive what the run said it left behind', () => {
    const leftBehind: Failure = {
      class: 'service',
      code: 'RUN_PARTIAL',
      message: 'Run e1: no a:v1.',
      correlationId: 'c',
    };
    const evidence = { planned: OLD, target: undefined, source: OLD, failure: undefined, leftBehind };
    expect(decideOutcome('a:v1', evidence).failure).toMatchObject({
      code: 'NOT_ARRIVED',
      message: expect.stringContaining('Run e1: no a:v1.'),
      correlationId: 'c',
    });
  });

  it("passes the batch's failure on as it is, so that its attempt can be told", () => {
    expect(decideOutcome('a:v1', { planned: OLD, target: undefined, source: OLD, failure }).failure).toBe(failure);
  });

  it('does not take an older digest in the target for a conflict where tags may be replaced', () => {
    const failure = { class: 'service', code: 'RUN_FAILED', message: 'It failed.' } as const;
    const evidence = { planned: OLD, target: NEW, source: OLD };
    expect(decideOutcome('a:1', { ...evidence, failure, overwrite: true })).toMatchObject({ failure, isOwn: false });
    expect(decideOutcome('a:1', { ...evidence, failure })).toMatchObject({ failure: { code: 'TAG_EXISTS' } });
  });
});

import type { AttemptReport } from '../../../../src/domain/activities.ts';
import {
  comparable,
  countAlikeSplits,
  decideNext,
  NO_PAST,
  notIsolated,
  type PartEnd,
} from '../../../../src/domain/batch/splitting.ts';
import type { Failure } from '../../../../src/domain/errors.ts';

function failedBy(failure: Partial<Failure> = {}, step: AttemptReport['step'] = 'Export'): AttemptReport {
  return { step, run: 'e1', failure: { class: 'service', code: 'RUN_FAILED', message: 'No.', ...failure } };
}

function ended(parts: Partial<PartEnd> = {}): PartEnd {
  return { tried: 10, arrived: 0, named: 0, failed: failedBy(), ...parts };
}

const RETRIED = { ...NO_PAST, isRetry: true };

describe('decideNext', () => {
  it.each([
    ['everything arrived', ended({ arrived: 10, failed: null })],
    ['everything arrived though the run failed', ended({ arrived: 10 })],
    ['what did not arrive has a reason of its own', ended({ arrived: 9, named: 1 })],
    ['nothing was left to try', ended({ tried: 0, failed: null })],
  ])('is Done when %s', (_, end) => {
    expect(decideNext(end, NO_PAST, 40)).toBe('Done');
  });

  it('tries the whole again once after a failure that the service did not explain, then halves', () => {
    expect(decideNext(ended(), NO_PAST, 40)).toBe('Retry');
    expect(decideNext(ended(), RETRIED, 40)).toBe('Halves');
  });

  it('takes codes of the service for unexplained, and those of this app for explained', () => {
    const codes = ['RUN_FAILED', 'RUN_REFUSED', 'InvalidParameter', 'CONTAINER_NOT_FOUND', 'RUN_TIMEOUT', 'INTERNAL'];
    const next = codes.map((code) => decideNext(ended({ failed: failedBy({ code }) }), RETRIED, 40));
    expect(next).toEqual(['Halves', 'Halves', 'Halves', 'GiveUp', 'GiveUp', 'GiveUp']);
  });

  it.each(['transient', 'access', 'conflict'] as const)('gives up after a failure of class %s', (name) => {
    expect(decideNext(ended({ failed: failedBy({ class: name }) }), NO_PAST, 40)).toBe('GiveUp');
  });

  it('gives up after a copy that failed: it knows no artifacts', () => {
    expect(decideNext(ended({ failed: failedBy({ class: 'artifact' }, 'Copy') }), NO_PAST, 40)).toBe('GiveUp');
  });

  it('halves at once when an artifact is at fault and it is not said which', () => {
    expect(decideNext(ended({ failed: failedBy({ class: 'artifact' }) }), NO_PAST, 40)).toBe('Halves');
  });

  it('tries the rest alone when the culprit is known', () => {
    expect(decideNext(ended({ named: 1 }), NO_PAST, 40)).toBe('Rest');
    expect(decideNext(ended({ named: 1 }), RETRIED, 40)).toBe('Rest');
  });

  it('makes the plain retry a smaller one when some arrived, and halves what is left after it', () => {
    expect(decideNext(ended({ arrived: 4 }), NO_PAST, 40)).toBe('Rest');
    expect(decideNext(ended({ arrived: 4 }), RETRIED, 40)).toBe('Halves');
    expect(decideNext(ended({ arrived: 9 }), RETRIED, 40)).toBe('Rest');
  });

  it('tries what a run that went through left behind once more, and once only', () => {
    const left = ended({ arrived: 8, failed: null });
    expect(decideNext(left, NO_PAST, 40)).toBe('Rest');
    expect(decideNext(left, RETRIED, 40)).toBe('Rest');
    expect(decideNext(left, { ...RETRIED, isLeftover: true }, 40)).toBe('GiveUp');
  });

  it('gives an artifact that fails alone the failure of its run, after the plain retry', () => {
    expect(decideNext(ended({ tried: 1 }), NO_PAST, 40)).toBe('Retry');
    expect(decideNext(ended({ tried: 1 }), { ...RETRIED, alikeSplits: 2 }, 0)).toBe('GiveUp');
    expect(decideNext(ended({ tried: 1, failed: failedBy({ class: 'artifact' }) }), NO_PAST, 40)).toBe('GiveUp');
  });

  it('tries an artifact once more that fails alone for another reason than the one that it was left alone for', () => {
    const alone = ended({ tried: 1 });
    const past = { ...RETRIED, said: comparable(failedBy({ message: 'Busy.' }).failure) };
    expect(decideNext(alone, past, 1)).toBe('Retry');
    expect(decideNext(alone, past, 0)).toBe('GiveUp');
    expect(decideNext(alone, { ...past, said: comparable(failedBy().failure) }, 1)).toBe('GiveUp');
    expect(decideNext(ended({ tried: 1, failed: failedBy({ class: 'artifact' }) }), past, 1)).toBe('GiveUp');
  });

  it('has not isolated when both halves failed alike twice in a row, or no runs are left', () => {
    expect(decideNext(ended(), { ...RETRIED, alikeSplits: 1 }, 40)).toBe('Halves');
    expect(decideNext(ended(), { ...RETRIED, alikeSplits: 2 }, 40)).toBe('NotIsolated');
    expect(decideNext(ended(), RETRIED, 2)).toBe('Halves');
    expect(decideNext(ended(), RETRIED, 1)).toBe('NotIsolated');
    expect(decideNext(ended({ named: 1 }), RETRIED, 0)).toBe('NotIsolated');
    expect(decideNext(ended({ arrived: 9, failed: null }), NO_PAST, 0)).toBe('GiveUp');
  });
});

describe('countAlikeSplits', () => {
  const said = (message: string) => ended({ failed: failedBy({ message }) });
  const run = (letter: string) => `e${letter.repeat(26)}a01`;

  it('counts a split whose halves failed with the same message but for names of runs, archives and GUIDs', () => {
    const messageOf = (letter: string, path: string, digit: string) =>
      `Run ${run(letter)}: abc-1-${path}-a01.tar, ${digit.repeat(8)}-1111-1111-1111-${digit.repeat(12)}: no`;
    const halves = [said(messageOf('a', 'b0007l', '2')), said(messageOf('b', 'b0007rx', '3'))];
    expect(countAlikeSplits(0, halves)).toBe(1);
    expect(countAlikeSplits(1, halves)).toBe(2);
  });

  it('begins anew when the messages differ, or one half got through', () => {
    expect(countAlikeSplits(1, [said('app/a:v1 is broken'), said('app/b:v1 is broken')])).toBe(0);
    expect(countAlikeSplits(1, [said('no'), ended({ failed: null })])).toBe(0);
    expect(countAlikeSplits(1, [said('no'), ended({ failed: failedBy({ class: 'access', message: 'no' }) })])).toBe(0);
  });

  it('is passed through a part that is no half', () => {
    expect(countAlikeSplits(1, [said('no')])).toBe(1);
  });
});

describe('notIsolated', () => {
  it("keeps the run's class, message, correlation id, step and name", () => {
    const report = failedBy({ message: 'Run e1: no.', correlationId: 'c-1' });
    expect(notIsolated(report, 7)).toEqual({
      step: 'Export',
      run: 'e1',
      failure: {
        class: 'service',
        code: 'NOT_ISOLATED',
        message: 'Not isolated: it came from one or more of 7 artifacts. Run e1: no.',
        correlationId: 'c-1',
      },
    });
  });
});

import fc from 'fast-check';
import {
  countOutcomes,
  decideFinalState,
  isFinalState,
  OUTCOMES,
  type Outcome,
  TRANSFER_STATES,
} from '../../../src/domain/outcome.ts';

const outcomes = fc.array(fc.constantFrom<Outcome | null>(...OUTCOMES, null), { maxLength: 30 });

describe('countOutcomes', () => {
  it('counts each outcome, and open ones in the total only', () => {
    expect(countOutcomes(['Transferred', 'Failed', 'Transferred', null])).toEqual({
      total: 4,
      Transferred: 2,
      AlreadyPresent: 0,
      Failed: 1,
      Skipped: 0,
      Canceled: 0,
      HandedOver: 0,
    });
  });

  it('accounts for every artifact', () => {
    fc.assert(
      fc.property(outcomes, (list) => {
        const counts = countOutcomes(list);
        const closed = OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);
        expect(closed + list.filter((outcome) => outcome === null).length).toBe(counts.total);
      }),
    );
  });
});

describe('decideFinalState', () => {
  it.each<[Outcome[], boolean, string]>([
    [['Transferred', 'AlreadyPresent'], false, 'Succeeded'],
    [['AlreadyPresent', 'AlreadyPresent'], true, 'Succeeded'],
    [['Transferred', 'Failed'], false, 'CompletedWithErrors'],
    [['AlreadyPresent', 'Failed'], false, 'CompletedWithErrors'],
    [['Transferred', 'Failed', 'Skipped'], true, 'Failed'],
    [['Failed', 'Failed'], false, 'Failed'],
    [['Skipped', 'Failed'], true, 'Failed'],
    [['HandedOver', 'HandedOver'], false, 'HandedOver'],
    [['HandedOver', 'Transferred', 'AlreadyPresent'], false, 'HandedOver'],
    [['HandedOver', 'Failed'], false, 'CompletedWithErrors'],
    [['HandedOver', 'Failed', 'Skipped'], true, 'Failed'],
  ])('ends %j (stopped: %j) as %s', (list, stopped, state) => {
    expect(decideFinalState(countOutcomes(list), stopped)).toBe(state);
  });

  it('is Succeeded exactly when every artifact is in the target', () => {
    fc.assert(
      fc.property(outcomes, fc.boolean(), (list, stopped) => {
        const state = decideFinalState(countOutcomes(list), stopped);
        const arrived = list.every((outcome) => outcome === 'Transferred' || outcome === 'AlreadyPresent');
        expect(state === 'Succeeded').toBe(arrived);
        expect(isFinalState(state)).toBe(true);
      }),
    );
  });
});

describe('isFinalState', () => {
  it('holds for the five states that do not change any more', () => {
    expect(TRANSFER_STATES.filter(isFinalState)).toEqual([
      'Succeeded',
      'CompletedWithErrors',
      'Failed',
      'Canceled',
      'HandedOver',
    ]);
  });
});

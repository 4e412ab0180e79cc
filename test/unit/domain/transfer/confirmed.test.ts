import type { Outcome } from '../../../../src/domain/outcome.ts';
import { MAX_CONFIRMED, updateConfirmed } from '../../../../src/domain/transfer/confirmed.ts';

const one = (artifact: string, outcome: Outcome, digest = 'sha256:new') => ({ artifact, digest, outcome });

describe('updateConfirmed', () => {
  it('keeps what arrived last under a name, and forgets what failed', () => {
    const known = { 'a:1': 'sha256:old', 'b:1': 'sha256:old', 'c:1': 'sha256:old', 'd:1': 'sha256:old' };
    const settled = [one('a:1', 'Transferred'), one('b:1', 'Failed'), one('c:1', 'HandedOver'), one('e:1', 'Skipped')];
    expect(updateConfirmed(known, settled)).toEqual({
      'a:1': 'sha256:new',
      'c:1': 'sha256:old',
      'd:1': 'sha256:old',
    });
  });

  it('drops what was confirmed longest ago when there is too much', () => {
    const known = Object.fromEntries(
      Array.from({ length: MAX_CONFIRMED }, (_, index) => [`a:${index}x`, 'sha256:old']),
    );
    const next = updateConfirmed(known, [one('a:0x', 'Transferred'), one('b:1', 'Transferred')]);
    expect(Object.keys(next)).toHaveLength(MAX_CONFIRMED);
    expect(next).not.toHaveProperty(['a:1x']);
    expect(next['a:0x']).toBe('sha256:new');
  });
});

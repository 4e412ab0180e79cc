import { describeCheck } from '../../../../local/app/check.ts';

const base = { side: 'source' as const, found: 'found', needed: 'needed', remedy: 'Do it.' };

describe('describeCheck', () => {
  it('is a line for each fault, then for each warning, and nothing for what is well', () => {
    const checks = [
      { ...base, code: 'SECRET_EXPIRED', status: 'warning' as const },
      { ...base, code: 'SAS_EXPIRED', status: 'fault' as const, side: 'target' as const },
      { ...base, code: 'SAS_MALFORMED', status: 'ok' as const },
    ];
    expect(describeCheck({ route: 'r', checkedAt: '', checks })).toEqual([
      '  fault SAS_EXPIRED (target): found. Do it.',
      '  warning SECRET_EXPIRED (source): found. Do it.',
    ]);
  });
});

import { decideRetention, mayBeDue } from '../../../../src/domain/transfer/retention.ts';

const RETENTION = { archivesDays: 7, runsDays: 30, reportsDays: 365 };
const NOTHING = { archives: false, runs: false };
const ENDED = '2026-01-01T00:00:00.000Z';
const since = (days: number, ms = 0) => new Date(Date.parse(ENDED) + days * 86_400_000 + ms);

describe('decideRetention', () => {
  it.each([
    [7, -1, null],
    [7, 0, { archives: true, runs: false, record: false }],
    [30, 0, { archives: true, runs: true, record: false }],
    [365, -1, { archives: true, runs: true, record: false }],
    [365, 0, { archives: true, runs: true, record: true }],
  ])('after %d days and %d ms says %j', (days, ms, parts) => {
    expect(decideRetention(RETENTION, ENDED, since(days, ms), NOTHING)).toEqual(parts);
  });

  it('does not delete again what is gone', () => {
    expect(decideRetention(RETENTION, ENDED, since(8), { archives: true, runs: false })).toBeNull();
    expect(decideRetention(RETENTION, ENDED, since(31), { archives: true, runs: false })).toEqual({
      archives: false,
      runs: true,
      record: false,
    });
  });

  it('takes everything with the report, whatever is to be kept longer', () => {
    const odd = { archivesDays: 100, runsDays: 100, reportsDays: 1 };
    expect(decideRetention(odd, ENDED, since(1), NOTHING)).toEqual({ archives: true, runs: true, record: true });
  });
});

describe('mayBeDue', () => {
  it('is false while nothing of the transfer can be old enough, even had it ended at once', () => {
    expect(mayBeDue(RETENTION, ENDED, since(7, -1))).toBe(false);
    expect(mayBeDue(RETENTION, ENDED, since(7))).toBe(true);
  });
});

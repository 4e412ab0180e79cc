import { dueTimeOf } from '../../../../src/domain/route/schedule.ts';

const due = (cron: string, now: string) => dueTimeOf(cron, new Date(now))?.toISOString();

describe('dueTimeOf', () => {
  it.each([
    ['at its time', '2026-03-01T03:00:00.000Z'],
    ['a little early', '2026-03-01T02:59:59.600Z'],
    ['late', '2026-03-01T03:07:12.000Z'],
    ['after a day of none, for the last one missed', '2026-03-02T02:00:00.000Z'],
  ])('is the same for a tick that comes %s', (_when, now) => {
    expect(due('0 0 3 * * *', now)).toBe('2026-03-01T03:00:00.000Z');
  });

  it('is another one for the next tick', () => {
    expect(due('0 0 3 * * *', '2026-03-02T03:00:00.010Z')).toBe('2026-03-02T03:00:00.000Z');
  });
});

import { parseNcrontab } from '../../../../src/domain/route/ncrontab.ts';

/** The next `count` occurrences after an ISO time. */
function occurrences(expression: string, from: string, count = 1): (string | undefined)[] {
  const schedule = parseNcrontab(expression);
  const found: (string | undefined)[] = [];
  let time: Date | undefined = new Date(from);
  for (let index = 0; index < count && time !== undefined; index++) {
    time = schedule.next(time);
    found.push(time?.toISOString().replace('.000Z', 'Z'));
  }
  return found;
}

describe('parseNcrontab', () => {
  it.each([
    ['* * * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'],
    ['*/5 * * * * *', '2026-01-01T00:00:57.900Z', '2026-01-01T00:01:00Z'],
    ['0 */15 * * * *', '2026-01-01T00:15:00Z', '2026-01-01T00:30:00Z'],
    ['0 0 3 * * *', '2026-02-28T03:00:00Z', '2026-03-01T03:00:00Z'],
    ['0 30 9 * * mon-fri', '2026-11-20T10:00:00Z', '2026-11-23T09:30:00Z'],
    ['0 0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
    ['0 0 0 1 jan,July *', '2026-02-01T00:00:00Z', '2026-07-01T00:00:00Z'],
    ['10-20/5 59 23 31 12 *', '2026-12-31T23:59:15Z', '2026-12-31T23:59:20Z'],
    ['30/10 * * * * *', '2026-01-01T00:00:40Z', '2026-01-01T00:00:50Z'],
  ])('%s after %s is %s', (expression, from, expected) => {
    expect(occurrences(expression, from)).toEqual([expected]);
  });

  it('takes five fields as the six with second 0', () => {
    expect(occurrences('*/10 * * * *', '2026-01-01T00:00:30Z', 2)).toEqual([
      '2026-01-01T00:10:00Z',
      '2026-01-01T00:20:00Z',
    ]);
  });

  it('takes 0 as Sunday, and no 7, as the service does', () => {
    expect(occurrences('0 0 0 * * 0', '2026-11-23T00:00:00Z')).toEqual(['2026-11-29T00:00:00Z']);
    expect(() => parseNcrontab('0 0 0 * * 7')).toThrow("'7' is no weekday; allowed: 0 to 6 or sun");
  });

  it('wants day and weekday both to fit', () => {
    expect(occurrences('0 0 0 13 * fri', '2026-01-01T00:00:00Z')).toEqual(['2026-02-13T00:00:00Z']);
  });

  it('has no next time for a date that never comes', () => {
    expect(occurrences('0 0 0 30 2 *', '2026-01-01T00:00:00Z')).toEqual([undefined]);
  });

  it.each([
    ['0 0 3 * * *', '2026-03-01T03:00:00Z', '2026-03-01T03:00:00Z'],
    ['0 0 3 * * *', '2026-03-01T02:59:59.900Z', '2026-02-28T03:00:00Z'],
    ['0 30 9 * * mon-fri', '2026-11-23T09:00:00Z', '2026-11-20T09:30:00Z'],
    ['0 0 0 29 2 *', '2026-01-01T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['10-20/5 59 23 31 12 *', '2026-12-31T00:00:00Z', '2025-12-31T23:59:20Z'],
    ['0 0 0 31 * *', '2026-07-15T00:00:00Z', '2026-05-31T00:00:00Z'],
  ])('%s was last at or before %s at %s', (expression, until, expected) => {
    const last = parseNcrontab(expression).last(new Date(until));
    expect(last?.toISOString().replace('.000Z', 'Z')).toBe(expected);
    expect(last && parseNcrontab(expression).next(new Date(last.getTime() - 1000))).toEqual(last);
  });

  it('has no last time for a date that never came', () => {
    expect(parseNcrontab('0 0 0 30 2 *').last(new Date('2026-01-01T00:00:00Z'))).toBeUndefined();
  });

  it.each([
    ['* * * *', "'* * * *' has 4 fields; allowed: second minute hour day month weekday"],
    ['60 * * * * *', "'60' is no second; allowed: 0 to 59, with , - * and /"],
    ['* * 5-3 * * *', "'5-3' is no hour; allowed: 0 to 23, with , - * and /"],
    ['*/0 * * * * *', "'*/0' is no second; allowed: 0 to 59, with , - * and /"],
    ['* * * * foo *', "'foo' is no month; allowed: 1 to 12 or jan"],
    ['* * * 0 * *', "'0' is no day; allowed: 1 to 31, with , - * and /"],
    ['* 1.5 * * * *', "'1.5' is no minute; allowed: 0 to 59, with , - * and /"],
  ])('refuses %s', (expression, message) => {
    expect(() => parseNcrontab(expression)).toThrow(message);
  });
});

import { parseTimeSpanMs } from '../../../../local/host/time-span.ts';

describe('parseTimeSpanMs', () => {
  it.each([
    ['00:00:01', 1000],
    ['1.02:03:04', 93_784_000],
    ['00:00:00.25', 250],
    ['23:59:59', 86_399_000],
  ])('reads %s as %d ms', (text, expected) => {
    expect(parseTimeSpanMs(text)).toBe(expected);
  });

  it.each(['', '5', '24:00:00', '00:60:00', '00:00', '* * * * *'])('does not take %p', (text) => {
    expect(parseTimeSpanMs(text)).toBeUndefined();
  });
});

import { readRetryAfterMs } from '../../../src/azure/retry-after.ts';

const from = (headers: Record<string, string>) => readRetryAfterMs((name) => headers[name]);

describe('readRetryAfterMs', () => {
  it('reads seconds, and milliseconds before seconds', () => {
    expect(from({ 'retry-after': '3' })).toBe(3000);
    expect(from({ 'retry-after': '3', 'x-ms-retry-after-ms': '250' })).toBe(250);
    expect(from({ 'retry-after-ms': '0' })).toBe(0);
  });

  it('reads a date, as zero when it has passed', () => {
    expect(from({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() })).toBeGreaterThan(50_000);
    expect(from({ 'retry-after': new Date(0).toUTCString() })).toBe(0);
  });

  it('is undefined for nothing and for nonsense', () => {
    expect(from({})).toBeUndefined();
    expect(from({ 'retry-after': 'soon' })).toBeUndefined();
    expect(from({ 'retry-after': '' })).toBeUndefined();
  });
});

import { parseByteRange } from '../../../../local/registry/byte-range.ts';

describe('a Range header on 10 bytes', () => {
  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=2-5', 2, 5],
    ['bytes=2-', 2, 9],
    ['bytes=2-99', 2, 9],
    ['bytes=-3', 7, 9],
    ['bytes=-99', 0, 9],
  ])('%s asks for bytes %i to %i', (header, firstByte, lastByte) => {
    expect(parseByteRange(header, 10)).toEqual({ firstByte, lastByte });
  });

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('%s cannot be satisfied', (header) => {
    expect(parseByteRange(header, 10)).toBe('unsatisfiable');
  });

  it.each([undefined, '', 'bytes=-', 'bytes=5-2', 'bytes=0-1,3-4', 'items=0-1', 'bytes=a-b'])(
    '%s is ignored',
    (header) => {
      expect(parseByteRange(header, 10)).toBeUndefined();
    },
  );

  it('cannot be satisfied by an empty blob', () => {
    expect(parseByteRange('bytes=0-', 0)).toBe('unsatisfiable');
    expect(parseByteRange('bytes=-1', 0)).toBe('unsatisfiable');
  });
});

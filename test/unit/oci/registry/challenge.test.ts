import { parseChallenges } from '../../../../src/oci/registry/challenge.ts';

const plain = (header: string | string[] | undefined) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('parseChallenges', () => {
  it('reads quoted and plain parameters, names in any case', () => {
    expect(plain('BEARER Realm="https://r.test/token",service=r.test,scope="repository:a/b:pull,push x:y:z"')).toEqual([
      ['bearer', { realm: 'https://r.test/token', service: 'r.test', scope: 'repository:a/b:pull,push x:y:z' }],
    ]);
  });

  it('tells several challenges in one header and in several apart', () => {
    expect(plain(['Basic realm="a", Bearer realm="b"', 'Negotiate'])).toEqual([
      ['basic', { realm: 'a' }],
      ['bearer', { realm: 'b' }],
      ['negotiate', {}],
    ]);
  });

  it('undoes escapes in quoted text', () => {
    expect(plain('Basic realm="a \\"b\\" \\\\c"')).toEqual([['basic', { realm: 'a "b" \\c' }]]);
  });

  it('finds nothing in nothing', () => {
    expect(plain(undefined)).toEqual([]);
    expect(plain('')).toEqual([]);
  });
});

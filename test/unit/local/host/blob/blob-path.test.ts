import { parseBlobPath } from '../../../../../local/host/blob/blob-path.ts';

describe('the path of a blob trigger', () => {
  it('captures its placeholders, slashes included', () => {
    const path = parseBlobPath('transfer/in/{name}.{ext}');
    expect(path).toMatchObject({ container: 'transfer', prefix: 'in/' });
    expect(path.match('in/a/b.tar.gz')).toEqual({ name: 'a/b.tar', ext: 'gz' });
    expect(path.match('out/a.tar')).toBeUndefined();
    expect(path.match('in/.tar')).toBeUndefined();
  });

  it('means every blob when it is a container alone', () => {
    expect(parseBlobPath('transfer').match('any/name')).toEqual({});
  });

  it('takes other characters as they are', () => {
    const path = parseBlobPath('transfer/a+b/{x}(1)');
    expect(path.match('a+b/c(1)')).toEqual({ x: 'c' });
    expect(path.match('aab/c1')).toBeUndefined();
  });

  it.each([
    ['', "'' is no container name"],
    ['Upper/{name}', "'Upper' is no container name"],
    ['in/{name}', "'in' is no container name (3 to 63 of a-z, 0-9 and single -)"],
    ['con/{a}{a}', '{a} occurs twice'],
  ])('refuses %p', (path, message) => {
    expect(() => parseBlobPath(path)).toThrow(message);
  });
});

import { nearNames } from '../../../../src/domain/selection/near-names.ts';

describe('nearNames', () => {
  const tags = ['v1.20', 'v1.21', 'v1.2', 'latest', 'nightly'];

  it('gives the nearest first, three at most', () => {
    expect(nearNames('v1.22', tags)).toEqual(['v1.2', 'v1.20', 'v1.21']);
    expect(nearNames('lastest', tags)).toEqual(['latest']);
  });

  it('finds what is written with other letters, or goes on', () => {
    expect(nearNames('LATEST', tags)).toEqual(['latest']);
    expect(nearNames('night', tags)).toEqual(['nightly']);
  });

  it('gives nothing that is far', () => {
    expect(nearNames('production', tags)).toEqual([]);
    expect(nearNames('v1', [])).toEqual([]);
  });
});

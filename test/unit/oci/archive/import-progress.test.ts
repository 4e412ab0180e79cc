import { ImportProgress } from '../../../../src/oci/archive/import-progress.ts';

import { describeBytes, seededBytes } from '../../../support/images.ts';

describe('ImportProgress', () => {
  const one = describeBytes('a/b', seededBytes(1, 100));
  const two = describeBytes('a/b', seededBytes(2, 10));

  it('counts each blob once per repository, and what is sent again not again', () => {
    const seen: [number, number][] = [];
    const progress = new ImportProgress((done, total) => seen.push([done, total]));
    for (const [repository, blob] of [
      ['a', one],
      ['a', one],
      ['b', one],
      ['a', two],
    ] as const)
      progress.expect(repository, blob);
    progress.report('a', one, 60);
    progress.report('a', one, 20);
    progress.report('a', one, 100);
    progress.report('b', one, 100);
    progress.report('a', two, 10);
    expect(seen).toEqual([
      [60, 210],
      [100, 210],
      [200, 210],
      [210, 210],
    ]);
  });
});

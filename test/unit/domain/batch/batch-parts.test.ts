import fc from 'fast-check';
import {
  childPaths,
  divide,
  isWholeBatch,
  openArtifactsOf,
  partsByArtifact,
} from '../../../../src/domain/batch/batch-parts.ts';
import { type BatchRecord, newBatchRecord } from '../../../../src/domain/batch/batch-record.ts';
import type { PlannedArtifact } from '../../../../src/domain/plan/plan.ts';
import { batchPaths } from '../arbitraries.ts';

function planned(artifact: string, batch = 'b0001'): PlannedArtifact {
  return { artifact, batch, digest: 'sha256:a', mediaType: null, bytes: null, outcome: null, failure: null };
}

function part(path: string, more: Partial<BatchRecord> = {}): BatchRecord {
  return { ...newBatchRecord(path), ...more };
}

describe('childPaths', () => {
  it('adds l and r for halves and x for a rest, which makes it no whole batch any more', () => {
    expect(childPaths('b0007', 'Halves')).toEqual(['b0007l', 'b0007r']);
    expect(childPaths('b0007l', 'Rest')).toEqual(['b0007lx']);
    expect(['b0007', 'b12345', 'b0007l', 'b0007rx'].map(isWholeBatch)).toEqual([true, true, false, false]);
  });
});

describe('divide', () => {
  it('deals out every artifact once, by name, in parts that differ by one at most', () => {
    const names = fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(batchPaths, names, (path, artifacts) => {
        const [left, right] = divide(path, artifacts, 'Halves').map((half) => half.artifacts);
        expect([...(left ?? []), ...(right ?? [])]).toEqual(artifacts.toSorted());
        expect((left?.length ?? 0) - (right?.length ?? 0)).toBe(artifacts.length % 2);
        expect(divide(path, artifacts, 'Rest')).toEqual([{ path: `${path}x`, artifacts: artifacts.toSorted() }]);
      }),
    );
  });
});

describe('openArtifactsOf', () => {
  const plan = [planned('a:1'), planned('a:2'), planned('a:3', 'b0002')];
  const outcome = { attempt: null, verifiedDigest: null };

  it('is what the plan put into a whole batch and nobody has settled', () => {
    const record = part('b0001', { outcomes: { 'a:1': { ...outcome, outcome: 'Transferred' } } });
    expect(openArtifactsOf(plan, record).map(({ artifact }) => artifact)).toEqual(['a:2']);
  });

  it('is what the record of a half holds, with what was looked for and goes on', () => {
    const record = part('b0001l', { artifacts: ['a:2'], outcomes: { 'a:2': { ...outcome, outcome: null } } });
    expect(openArtifactsOf(plan, record).map(({ artifact }) => artifact)).toEqual(['a:2']);
  });
});

describe('partsByArtifact', () => {
  it('lists the parts of each artifact from the whole batch down, whatever order they are read in', () => {
    const records = [
      part('b0001rx', { artifacts: ['a:2'] }),
      part('b0001r', { artifacts: ['a:2', 'a:3'] }),
      part('b0001l', { artifacts: ['a:1'] }),
      part('b0001'),
    ];
    const parts = partsByArtifact([planned('a:1'), planned('a:2'), planned('a:3'), planned('b:1', 'b0002')], records);
    const paths = [...parts].map(([artifact, list]) => [artifact, list.map(({ path }) => path)]);
    expect(Object.fromEntries(paths)).toEqual({
      'a:1': ['b0001', 'b0001l'],
      'a:2': ['b0001', 'b0001r', 'b0001rx'],
      'a:3': ['b0001', 'b0001r'],
      'b:1': [],
    });
  });
});

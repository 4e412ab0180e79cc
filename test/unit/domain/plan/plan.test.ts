import fc from 'fast-check';
import { MAX_BATCH_ARTIFACTS } from '../../../../src/domain/plan/batching.ts';
import {
  assignBatches,
  MAX_SEGMENT_BATCHES,
  type PlannedArtifact,
  planSegments,
  segmentsInFlight,
} from '../../../../src/domain/plan/plan.ts';

function planned(artifact: string, outcome: PlannedArtifact['outcome'] = null): PlannedArtifact {
  return { artifact, digest: null, mediaType: null, bytes: null, batch: null, outcome, failure: null };
}
const lists = fc
  .array(fc.constantFrom(null, null, 'AlreadyPresent' as const, 'Failed' as const), { maxLength: 260 })
  .map((outcomes) => outcomes.map((outcome, index) => planned(`a:${index}`, outcome)));

describe('assignBatches', () => {
  it('gives each artifact that moves one of as few batches of at most 50 as there can be, and the others none', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const { artifacts, batches } = assignBatches(list);
        expect(artifacts.map(({ artifact }) => artifact)).toEqual(list.map(({ artifact }) => artifact));
        const moving = artifacts.filter(({ outcome }) => outcome === null).map(({ batch }) => batch);
        expect(batches).toBe(Math.ceil(moving.length / MAX_BATCH_ARTIFACTS));
        const paths = Array.from({ length: batches }, (_, index) => `b000${index + 1}`);
        expect([...new Set(moving)]).toEqual(paths);
        for (const path of paths) {
          expect(moving.filter((batch) => batch === path).length).toBeLessThanOrEqual(MAX_BATCH_ARTIFACTS);
        }
        expect(artifacts.filter(({ outcome, batch }) => outcome !== null && batch !== null)).toEqual([]);
      }),
    );
  });

  it('begins a second batch with the 51st artifact that moves', () => {
    const list = [planned('there:v1', 'AlreadyPresent'), ...Array.from({ length: 51 }, (_, n) => planned(`a:${n}`))];
    const { artifacts, batches } = assignBatches(list);
    expect(batches).toBe(2);
    expect(artifacts.filter(({ batch }) => batch === 'b0001')).toHaveLength(50);
  });

  it('keeps nothing of what was only for the batches', () => {
    const heaviest: [string, number][] = [['0123456789ab', 5]];
    expect(assignBatches([{ ...planned('a:v1'), heaviest }]).artifacts).toEqual([
      { ...planned('a:v1'), batch: 'b0001' },
    ]);
  });

  it('needs no batch when nothing moves', () => {
    expect(assignBatches([planned('a:v1', 'AlreadyPresent')]).batches).toBe(0);
    expect(assignBatches([])).toEqual({ artifacts: [], batches: 0 });
  });
});

describe('planSegments', () => {
  const sizes = fc.tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 1, max: 20 }));

  it('covers every batch once, in order, with at most 20 to a segment', () => {
    fc.assert(
      fc.property(sizes, ([batches, window]) => {
        const segments = planSegments(batches, window);
        const covered = segments.flatMap(({ first, last }) =>
          Array.from({ length: last - first + 1 }, (_, index) => first + index),
        );
        expect(covered).toEqual(Array.from({ length: batches }, (_, index) => index + 1));
        expect(segments.map(({ segment }) => segment)).toEqual(segments.map((_, index) => index + 1));
        for (const { first, last } of segments) expect(last - first + 1).toBeLessThanOrEqual(MAX_SEGMENT_BATCHES);
      }),
    );
  });

  it('never lets the segments in flight run more batches together than the route allows', () => {
    fc.assert(
      fc.property(sizes, ([batches, maxParallelBatches]) => {
        const segments = planSegments(batches, maxParallelBatches);
        segments.forEach((_, index) => {
          const inFlight = segments.slice(index, index + segmentsInFlight(maxParallelBatches));
          const together = inFlight.reduce((sum, { window }) => sum + window, 0);
          expect(together).toBeLessThanOrEqual(maxParallelBatches);
          expect(together).toBeGreaterThan(0);
        });
      }),
    );
  });

  it('gives a single segment the whole window', () => {
    expect(planSegments(20, 8)).toEqual([{ segment: 1, first: 1, last: 20, window: 8 }]);
  });

  it('shares the window between two segments', () => {
    expect(planSegments(21, 8)).toEqual([
      { segment: 1, first: 1, last: 20, window: 4 },
      { segment: 2, first: 21, last: 21, window: 4 },
    ]);
  });
});

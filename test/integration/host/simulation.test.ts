import { missedBars } from '../../../bench/simulation/bars.ts';
import { type Simulated, simulate } from '../../../bench/simulation/simulate.ts';

/** A small form of `bench/simulation.ts`: the real orchestrators, entities and activities on the embedded host. */
describe('a transfer of thousands of artifacts, in a cloud that answers at once', () => {
  let small: Simulated;
  let large: Simulated;
  beforeAll(async () => {
    small = await simulate(1000);
    large = await simulate(3000);
  }, 300_000);

  it('gives every artifact one outcome', () => {
    expect(large.report).toMatchObject({ state: 'Succeeded', counts: { total: 3000, Transferred: 3000 } });
    expect(new Set(large.report.artifacts?.map(({ artifact }) => artifact)).size).toBe(3000);
    expect(large.report.batches).toHaveLength(60);
  });

  it('has batches and runs whose histories do not depend on its size', () => {
    for (const kind of ['batch', 'run']) {
      const { most, least } = small.rows[kind] ?? {};
      expect(large.rows[kind]).toEqual({ instances: kind === 'batch' ? 60 : 120, most, least });
      expect(least).toBe(most);
    }
  });

  it('has segments of no more rows than 20 batches need', () => {
    // A child asked for and answered, in an episode of its own at worst, which begins and ends; and the segment's own.
    expect(large.rows.segment).toMatchObject({ instances: 3 });
    expect(large.rows.segment?.most).toBeLessThanOrEqual(20 * 4 + 4);
  });

  it('has a history of its own that grows by no more than 8 rows for 1,000 artifacts', () => {
    const grown = (large.rows.transfer?.most ?? 0) - (small.rows.transfer?.most ?? 0);
    expect(grown).toBeLessThanOrEqual(2 * 8);
    expect(small.rows.transfer?.most).toBeLessThanOrEqual(40);
  });

  it('keeps the host under 400 MB', () => {
    expect(large.peakBytes).toBeLessThan(400e6);
  });

  it('misses none of the bars that `npm run bench -- simulation` holds larger ones to', () => {
    const sized = [small, large].map((done) => {
      const { total: artifacts, Transferred: transferred } = done.report.counts;
      return { artifacts, done: { ...done, transferred } };
    });
    // No timed assertion: every size is as fast as the first.
    const asFast = sized.map((one) => ({ ...one, done: { ...one.done, cpuSeconds: one.artifacts } }));
    expect(missedBars(asFast)).toEqual([]);
  });
});

import { ChildProgram, type MemoryReport } from '../../../support/child-program.ts';

/** Not a speed: what takes so long hangs. */
const DEADLINE_MS = 120_000;
/** Of the whole process, with the archive itself, of 26 to 33 MB, in its memory. */
const MAX_PEAK_BYTES = 700e6;
/** Of noise in what is in use after a collection. */
const MAX_GROWTH_BYTES = 16e6;
const RUNS = 300;

interface Ended extends MemoryReport {
  ends: string[];
}

describe('an archive engine that gets one hostile archive after the other', () => {
  let program: ChildProgram;
  beforeEach(() => {
    program = new ChildProgram('archive-memory');
  });
  afterEach(() => program.stop());

  it('comes to an end with each, and keeps nothing of them in memory', async () => {
    const used: number[] = [];
    for (const seed of [1, 2, 3]) {
      const report = await program.ask<Ended>(`fuzz ${seed} ${RUNS}`, DEADLINE_MS);
      expect(report.ends.length).toBeGreaterThan(2);
      expect(report.peakBytes).toBeLessThan(MAX_PEAK_BYTES);
      used.push(report.usedBytes);
    }
    expect((used.at(-1) ?? 0) - (used[0] ?? 0)).toBeLessThan(MAX_GROWTH_BYTES);
  }, 400_000);

  it.each(['entries', 'index', 'deep', 'text'])(
    'refuses one that is large in its %s',
    async (name) => {
      const report = await program.ask<Ended>(`large ${name}`, DEADLINE_MS);
      expect(report.ends).toEqual([expect.stringMatching(/^ARCHIVE_/)]);
      expect(report.peakBytes).toBeLessThan(MAX_PEAK_BYTES);
    },
    200_000,
  );
});

import { missedBars, type Sized } from '../../../bench/simulation/bars.ts';

const kind = (instances: number, most: number, least = most) => ({ instances, most, least });

/** A transfer as it should be, with something else about it. */
function sized(artifacts: number, more: Partial<Sized['done']> = {}, rows: Sized['done']['rows'] = {}): Sized {
  const own = { transfer: kind(1, 20 + (8 * artifacts) / 1000), segment: kind(artifacts / 1000, 50, 44) };
  const many = { batch: kind(artifacts / 50, 40), run: kind(artifacts / 25, 12) };
  const done = {
    transferred: artifacts,
    cpuSeconds: artifacts / 400,
    peakBytes: 200e6,
    rows: { ...own, ...many, ...rows },
  };
  return { artifacts, done: { ...done, ...more } };
}

describe('the bars of the simulation', () => {
  it('are held by transfers that cost the same for each artifact', () => {
    expect(missedBars([sized(1000), sized(10_000), sized(100_000)])).toEqual([]);
  });

  it.each([
    ['an artifact that is missing', sized(10_000, { transferred: 9999 }), '10000 artifacts: 9999 are transferred'],
    ['memory', sized(10_000, { peakBytes: 400e6 }), '10000 artifacts: the host had 400 MB; allowed: under 400'],
    [
      'rows of the transfer',
      sized(10_000, {}, { transfer: kind(1, 113) }),
      '10000 artifacts: the transfer has 113 rows; allowed: 112',
    ],
    [
      'rows of a segment',
      sized(10_000, {}, { segment: kind(10, 85) }),
      '10000 artifacts: a segment has 85 rows; allowed: 84',
    ],
    [
      'batches that differ',
      sized(10_000, {}, { batch: kind(200, 40, 39) }),
      '10000 artifacts: a batch has 39 to 40 rows; allowed: the same for each',
    ],
    [
      'batches that grow',
      sized(10_000, {}, { batch: kind(200, 41) }),
      '10000 artifacts: a batch has 41 rows; allowed: 40, as with 1000',
    ],
    [
      'runs that grow',
      sized(10_000, {}, { run: kind(400, 13) }),
      '10000 artifacts: a run has 13 rows; allowed: 12, as with 1000',
    ],
    [
      'time that grows',
      sized(10_000, { cpuSeconds: 36 }),
      '10000 artifacts: 0.69 of the artifacts a second of 1000; allowed: 0.7 or more',
    ],
  ])('are missed by %s', (_what, larger, sentence) => {
    expect(missedBars([larger, sized(1000)])).toEqual([sentence]);
  });

  it('are missed by histories that are not there', () => {
    const [one] = [sized(1000)];
    expect(missedBars([{ ...one, done: { ...one.done, rows: {} } }])).toHaveLength(4);
  });
});

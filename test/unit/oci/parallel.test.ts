import { setImmediate as tick } from 'node:timers/promises';
import { mapBounded } from '../../../src/oci/parallel.ts';

describe('mapBounded', () => {
  it('keeps the order and never runs more than the limit at once', async () => {
    let running = 0;
    let most = 0;
    const results = await mapBounded([5, 1, 3, 2, 4], 2, async (rounds) => {
      running += 1;
      most = Math.max(most, running);
      for (let round = 0; round < rounds; round += 1) await tick();
      running -= 1;
      return rounds * 10;
    });
    expect(results).toEqual([50, 10, 30, 20, 40]);
    expect(most).toBe(2);
  });

  it('starts nothing new after a failure and lets what was started settle', async () => {
    const settled: number[] = [];
    const work = mapBounded([1, 2, 3, 4], 2, async (item) => {
      await tick();
      if (item === 1) throw new Error('first');
      await tick();
      settled.push(item);
    });
    await expect(work).rejects.toThrow('first');
    expect(settled).toEqual([2]);
  });
});

import type { RunView } from '../../src/domain/batch-record.ts';
import type { TransferDocument } from '../../src/domain/transfer-document.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;

beforeAll(async () => {
  cloud = await startTestStack({ minimumRunMs: 1200, route: { maxRunsPerRegistry: 1, maxParallelBatches: 4 } });
});
afterAll(() => cloud?.stop());

/** The runs of one direction, in the order in which the service began them. */
function runsOf(reports: TransferDocument[], direction: 'export' | 'import'): RunView[] {
  const runs = reports.flatMap(({ batches }) => batches.map((batch) => batch[direction]));
  return runs
    .filter((run) => run !== null)
    .sort((a, b) => Date.parse(a.startedAt ?? '') - Date.parse(b.startedAt ?? ''));
}

describe('a registry with one slot', () => {
  it('works on one run at a time, whichever transfer it is of, and all of them get through', async () => {
    const ids = ['first', 'second', 'third'];
    for (const [seed, id] of ids.entries()) {
      const image = buildImage({ seed, layerSizes: [100] });
      await pushImage(cloud.stack.registry('source'), `slots/${id}`, 'v1', image);
    }
    const reports = await Promise.all(ids.map((id) => cloud.transfer([`slots/${id}:v1`], { id })));
    expect(reports.map(({ state }) => state)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
    for (const direction of ['export', 'import'] as const) {
      const runs = runsOf(reports, direction);
      expect(runs).toHaveLength(3);
      runs.slice(1).forEach((run, index) => {
        const before = Date.parse(runs[index]?.finishedAt ?? '');
        expect(Date.parse(run.startedAt ?? '')).toBeGreaterThanOrEqual(before);
      });
    }
  });
});

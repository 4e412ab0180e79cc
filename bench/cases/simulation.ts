import { type Bench, type Figure, formatMs } from '../report.ts';
import { missedBars, ratePerCpuSecond, type Sized } from '../simulation/bars.ts';
import { type Simulated, simulate } from '../simulation/simulate.ts';

/** The sizes that docs/performance.md has figures of. */
export const SIZES: readonly number[] = [1000, 10_000, 100_000];

/** What the app itself costs, from small transfers to the largest; fails when a bar is missed. */
export const simulation: Bench = {
  name: 'simulation',
  title: 'Transfers of up to 100,000 artifacts',
  how:
    'The real orchestrators, entities and activities on the local host, whose heap is bounded to 192 MB, over a cloud that answers at once; from the ' +
    'start of the instance to its end. It fails when an artifact is missing; when the host has 400 MB; when histories grow with the transfer: a ' +
    'batch or a run has another number of rows than the others, a segment more than 84, the transfer more than 8 for each 1,000 artifacts (and 32); ' +
    'or when a size has less than 0.7 of the artifacts a second of processor time of the size before it.',
  run: (log) => simulateSizes(SIZES, log),
};

/** Simulates transfers of those sizes. @throws an Error with every bar that was missed */
export async function simulateSizes(sizes: readonly number[], log: (line: string) => void): Promise<Figure[]> {
  const sized: Sized[] = [];
  const figures: Figure[] = [];
  for (const artifacts of sizes) {
    const done = await simulate(artifacts);
    const one = { artifacts, done: { ...done, transferred: done.report.counts.Transferred } };
    const first = sized[0] ?? one;
    sized.push(one);
    const figure = describe(one, done, ratePerCpuSecond(one) / ratePerCpuSecond(first));
    log(`${figure.what}: ${figure.value}`);
    figures.push(figure);
  }
  const missed = missedBars(sized);
  if (missed.length > 0) throw new Error(`bars missed:\n${missed.join('\n')}`);
  return figures;
}

function describe(one: Sized, { seconds, cpuSeconds, peakBytes, rows, report }: Simulated, ratio: number): Figure {
  const { artifacts } = one;
  const span = ({ least = 0, most = 0 } = {}) => (least === most ? `${most}` : `${least} to ${most}`);
  const kinds = ['transfer', 'segment', 'batch', 'run'].map((kind) => `${kind} ${span(rows[kind])}`);
  return {
    what: `${artifacts} artifacts in ${report.batches.length} batches`,
    value: [
      `${formatMs(seconds * 1000)}, ${Math.round(artifacts / seconds)} artifacts/s`,
      `processor ${formatMs(cpuSeconds * 1000)}`,
      `peak memory ${Math.round(peakBytes / 1e6)} MB`,
      `history rows: ${kinds.join(', ')}`,
    ].join('; '),
    ratio,
    peer: 'the artifacts a second of processor time of the first',
  };
}

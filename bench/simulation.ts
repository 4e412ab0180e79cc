import { type Simulated, simulate } from './simulation/simulate.ts';

/**
 * Transfers of 1,000, 10,000 and 100,000 artifacts through the real orchestrators on the embedded host, over a cloud
 * that answers at once: what the app itself costs.
 * `npx node --disable-warning=ExperimentalWarning bench/simulation.ts [artifacts…]`
 */
const asked = process.argv.slice(2).map(Number);
const sizes = asked.length > 0 ? asked : [1000, 10_000, 100_000];
if (sizes.some((size) => !Number.isInteger(size) || size < 1 || size > 100_000)) {
  console.error(`found: ${process.argv.slice(2).join(' ')}; allowed: numbers of artifacts from 1 to 100000`);
  process.exit(2);
}

let first: number | undefined;
for (const size of sizes) {
  const done = await simulate(size);
  const rate = size / done.seconds;
  first ??= rate;
  console.log(describe(size, done, rate / first));
}

function describe(size: number, { seconds, peakBytes, rows, report }: Simulated, ratio: number): string {
  const perThousand = ((rows.transfer?.most ?? 0) / size) * 1000;
  return [
    `${size} artifacts, ${report.batches.length} batches: ${report.counts.Transferred} transferred`,
    `${seconds.toFixed(1)} s, ${(size / seconds).toFixed(0)} artifacts/s (${ratio.toFixed(2)} of the first)`,
    `peak memory ${(peakBytes / 1e6).toFixed(0)} MB`,
    `history rows: transfer ${rows.transfer?.most} (${perThousand.toFixed(1)} per 1,000 artifacts), segment at most ${rows.segment?.most}, batch ${rows.batch?.least} to ${rows.batch?.most}`,
  ].join('; ');
}

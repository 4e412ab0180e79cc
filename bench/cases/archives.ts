import { join } from 'node:path';
import { type Measured, median, runProgram } from '../measure.ts';
import { type Bench, type Figure, formatBytes, formatRate, MIB } from '../report.ts';
import { startSyntheticRegistry } from '../synthetic.ts';

const RUNS = 3;
const program = (name: string) => join(import.meta.dirname, `../programs/${name}.ts`);

/** Writing and reading against a raw pump of the same bytes over the same wire. */
export const archives: Bench = {
  name: 'archives',
  title: 'Archives',
  how:
    'The engine writes, and reads as an import does, the archive of an image of 1 GiB whose layers come over loopback; every byte ' +
    'is verified by its digest. The pump reads the same layers one after the other and throws them away. Processes of their own, in turn; medians of 3.',
  async run(log) {
    const registry = await startSyntheticRegistry(1024 * MIB);
    const digests = registry.layers.map(({ digest }) => digest);
    try {
      const rates: Record<string, number[]> = { pump: [], 'write-archive': [], 'read-archive': [] };
      for (let run = 0; run < RUNS; run++) {
        for (const name of Object.keys(rates)) {
          const args = [registry.endpoint, ...(name === 'pump' ? digests : [])];
          const measured = await runProgram(program(name), args);
          rates[name]?.push(rateOf(measured));
          log(`${name}: ${Math.round(rateOf(measured) / MIB)} MiB/s`);
        }
      }
      return describe(rates);
    } finally {
      await registry.close();
    }
  },
};

/** Bytes per second. */
function rateOf({ result }: Measured): number {
  return Number(result.bytes) / (Number(result.ms) / 1000);
}

function describe(rates: Record<string, number[]>): Figure[] {
  const raw = median(rates.pump ?? []);
  const rate = (name: string) => median(rates[name] ?? []);
  return [
    { what: 'raw pump', value: formatRate(raw, 1000) },
    {
      what: 'writing',
      value: formatRate(rate('write-archive'), 1000),
      ratio: rate('write-archive') / raw,
      peer: 'the pump',
    },
    {
      what: 'reading (the archive is written meanwhile, in the same process)',
      value: formatRate(rate('read-archive'), 1000),
      ratio: rate('read-archive') / raw,
      peer: 'the pump',
    },
  ];
}

/** Peak memory of a whole process, whatever the archive's size. */
export const archiveMemory: Bench = {
  name: 'archive-memory',
  title: 'Memory of the archive engine',
  how: 'Peak resident memory of the whole process that writes, or reads, an archive of that size.',
  async run(log) {
    const figures: Figure[] = [];
    for (const bytes of [100 * MIB, 2048 * MIB, 10_240 * MIB]) {
      const registry = await startSyntheticRegistry(bytes);
      try {
        for (const [what, name] of [
          ['writing', 'write-archive'],
          ['reading', 'read-archive'],
        ] as const) {
          const { peakBytes } = await runProgram(program(name), [registry.endpoint]);
          log(`${what} ${formatBytes(bytes)}: ${formatBytes(peakBytes)}`);
          figures.push({ what: `${what} ${formatBytes(bytes)}`, value: formatBytes(peakBytes) });
        }
      } finally {
        await registry.close();
      }
    }
    return figures;
  },
};

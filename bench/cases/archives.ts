import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Measured, median, runProgram } from '../measure.ts';
import { type Bench, type Figure, formatBytes, formatMs, formatRate, MIB } from '../report.ts';
import { startSyntheticRegistry } from '../synthetic.ts';

const RUNS = 3;
const program = (name: string) => join(import.meta.dirname, `../programs/${name}.ts`);

/** Writing and reading against a pump of the same bytes from the same place, without and with the hash that both must compute. */
export const archives: Bench = {
  name: 'archives',
  title: 'Archives',
  how:
    'The engine writes the archive of an image of 1 GiB whose layers come over loopback, and reads a finished one from a file as an import does; every ' +
    'byte is verified by its digest. The raw pump reads the same layers, or the same file, one after the other and throws them away; the hashing pump ' +
    'puts them through sha256 meanwhile, as verifying must. Processes of their own, in turn; medians of 3. Processor time is that of the whole process, start-up included, and depends less on what ' +
    'else the machine does.',
  async run(log) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-archives-'));
    const registry = await startSyntheticRegistry(1024 * MIB);
    try {
      const file = join(folder, 'image.tar');
      await runProgram(program('write-archive'), [registry.endpoint, file]);
      const digests = registry.layers.map(({ digest }) => digest);
      return await measure(log, {
        'raw pump of the wire': ['pump', registry.endpoint, '--raw', ...digests],
        'hashing pump of the wire': ['pump', registry.endpoint, '--hash', ...digests],
        writing: ['write-archive', registry.endpoint],
        'raw pump of the file': ['pump-file', file, '--raw'],
        'hashing pump of the file': ['pump-file', file, '--hash'],
        reading: ['read-archive', file],
      });
    } finally {
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

type Name = `${'raw' | 'hashing'} pump of the ${'wire' | 'file'}` | 'writing' | 'reading';

async function measure(
  log: (line: string) => void,
  programs: Record<Name, readonly [string, ...string[]]>,
): Promise<Figure[]> {
  const names = Object.keys(programs) as Name[];
  const runs = new Map<Name, Measured[]>(names.map((name) => [name, []]));
  for (let run = 0; run < RUNS; run++) {
    for (const name of names) {
      const [script, ...args] = programs[name];
      const measured = await runProgram(program(script), args);
      runs.get(name)?.push(measured);
      log(`${name}: ${formatRate(rateOf(measured), 1000)}, ${formatMs(measured.cpuMs)} of processor time`);
    }
  }
  const of = (name: Name) => runs.get(name) ?? [];
  return [...describe('writing', 'wire', of), ...describe('reading', 'file', of)];
}

/** Bytes per second. */
function rateOf({ result }: Measured): number {
  return Number(result.bytes) / (Number(result.ms) / 1000);
}

function describe(what: 'writing' | 'reading', place: 'wire' | 'file', of: (name: Name) => Measured[]): Figure[] {
  const rate = (name: Name) => median(of(name).map(rateOf));
  const cpuMs = (name: Name) => median(of(name).map((measured) => measured.cpuMs));
  const [raw, hashing]: [Name, Name] = [`raw pump of the ${place}`, `hashing pump of the ${place}`];
  const against = (name: Name, peer: Name, peerName: string): Figure => ({
    what: name,
    value: `${formatRate(rate(name), 1000)}, ${formatMs(cpuMs(name))} of processor time`,
    ratio: rate(name) / rate(peer),
    peer: `${peerName} (processor time: ${(cpuMs(name) / cpuMs(peer)).toFixed(2)} ×)`,
  });
  return [
    { what: raw, value: `${formatRate(rate(raw), 1000)}, ${formatMs(cpuMs(raw))} of processor time` },
    against(hashing, raw, 'the raw pump'),
    against(what, raw, 'the raw pump'),
    against(what, hashing, 'the hashing pump'),
  ];
}

/** Peak memory of a whole process, whatever the archive's size. */
export const archiveMemory: Bench = {
  name: 'archive-memory',
  title: 'Memory of the archive engine',
  how: 'Peak resident memory of the whole process that writes an archive of that size into a file, and of the one that reads it from there. Takes 10 GiB of disk.',
  async run(log) {
    const figures: Figure[] = [];
    for (const bytes of [100 * MIB, 2048 * MIB, 10_240 * MIB]) {
      for (const [what, peakBytes] of Object.entries(await measureMemory(bytes))) {
        log(`${what} ${formatBytes(bytes)}: ${formatBytes(peakBytes)}`);
        figures.push({ what: `${what} ${formatBytes(bytes)}`, value: formatBytes(peakBytes) });
      }
    }
    return figures;
  },
};

async function measureMemory(bytes: number): Promise<{ writing: number; reading: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-archives-'));
  const registry = await startSyntheticRegistry(bytes);
  try {
    const file = join(folder, 'image.tar');
    const { peakBytes: writing } = await runProgram(program('write-archive'), [registry.endpoint, file]);
    const { peakBytes: reading } = await runProgram(program('read-archive'), [file]);
    return { writing, reading };
  } finally {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  }
}

import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { TransferError } from '../../../src/domain/errors.ts';
import { importArchive } from '../../../src/oci/archive/import.ts';
import { openArchive } from '../../../src/oci/archive/read.ts';
import { hostileArchives } from '../hostile-archives.ts';
import { bufferReader } from '../streams.ts';
import { createStrictTarget } from '../strict-target.ts';
import { tarOf } from '../tar.ts';
import { memoryReport } from './memory-report.ts';

const MANY = 50_000;

/** Archives that are large in one thing: `case` by name. */
const LARGE: Record<string, () => Buffer> = {
  entries: () =>
    tarOf(...Array.from({ length: MANY }, (_, index) => ({ path: `blobs/sha256/${index}`, bytes: Buffer.alloc(0) }))),
  index: () => withIndex(JSON.stringify({ schemaVersion: 2, manifests: Array(MANY).fill({ digest: 'x', size: 1 }) })),
  deep: () => withIndex('['.repeat(4_000_000)),
  text: () => withIndex(JSON.stringify({ schemaVersion: 2, mediaType: 'x'.repeat(32_000_000), manifests: [] })),
};

function withIndex(text: string): Buffer {
  const layout = { path: 'oci-layout', bytes: Buffer.from('{"imageLayoutVersion":"1.0.0"}') };
  return tarOf(layout, { path: 'index.json', bytes: Buffer.from(text) });
}

/** How it ended: `imported`, or the code with which it was refused. Any other error ends the process. */
async function read(bytes: Buffer): Promise<string> {
  try {
    const archive = await openArchive(bufferReader(bytes), { defaultRepository: 'default' });
    await importArchive(archive, createStrictTarget(), { overwriteTags: false, continueOnErrors: true });
    return 'imported';
  } catch (error) {
    if (error instanceof TransferError) return error.code;
    throw error;
  }
}

async function readAll(archives: Iterable<Buffer>): Promise<string[]> {
  const ends = new Set<string>();
  for (const bytes of archives) ends.add(await read(bytes));
  return [...ends];
}

/** Each line is `large <name>`, or `fuzz <seed> <runs>`; the answer is how the archives ended, and the memory. */
for await (const line of createInterface({ input: process.stdin })) {
  const [what, first = '', runs] = line.split(' ');
  const make = LARGE[first];
  const sample = { seed: Number(first), numRuns: Number(runs) };
  const ends = await readAll(what === 'large' && make ? [make()] : fc.sample(hostileArchives, sample));
  process.stdout.write(`${JSON.stringify({ ends, ...memoryReport() })}\n`);
}

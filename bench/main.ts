import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveMemory, archives } from './cases/archives.ts';
import { bundle } from './cases/bundle.ts';
import { host } from './cases/host.ts';
import { imports } from './cases/imports.ts';
import { registry } from './cases/registry.ts';
import { simulation } from './cases/simulation.ts';
import { start } from './cases/start.ts';
import { transfers } from './cases/transfers.ts';
import { type Bench, formatBench, replacePart } from './report.ts';

const OF_PARTS: readonly Bench[] = [archives, archiveMemory, registry, host, imports, bundle];
const BENCHES: readonly Bench[] = [transfers, ...OF_PARTS, start, simulation];
const DOCUMENT = join(import.meta.dirname, '../docs/performance.md');
const USAGE = `npm run bench [-- [--write] [name …]]

Measures on this machine, as it is now; figures depend on what else it does. --write puts them into docs/performance.md.
Names: ${BENCHES.map(({ name }) => name).join(', ')}. Without a name: all, in this order.
`;

/** `npm run bench`, after the build. */
const given = process.argv.slice(2);
const names = given.filter((argument) => !argument.startsWith('--'));
const unknown = [
  ...names.filter((name) => !BENCHES.some((bench) => bench.name === name)),
  ...given.filter((argument) => argument.startsWith('--') && argument !== '--write'),
];
if (unknown.length > 0) {
  process.stderr.write(`${unknown.join(', ')}: not known\n\n${USAGE}`);
  process.exit(unknown.includes('--help') ? 0 : 2);
}
let failed = 0;
for (const bench of BENCHES.filter(({ name }) => names.length === 0 || names.includes(name))) {
  process.stdout.write(`== ${bench.name}\n`);
  try {
    const figures = await bench.run((line) => void process.stdout.write(`   ${line}\n`));
    const part = formatBench(bench, figures, new Date());
    process.stdout.write(`\n${part}\n`);
    if (given.includes('--write')) write(bench.name, part);
  } catch (error) {
    failed += 1;
    process.stderr.write(`${bench.name}: ${(error as Error).stack}\n`);
  }
}
process.exit(failed > 0 ? 1 : 0);

function write(name: string, part: string): void {
  const document = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '# Performance\n';
  writeFileSync(DOCUMENT, replacePart(document, name, part));
}

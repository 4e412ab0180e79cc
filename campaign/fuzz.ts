import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file of fuzzed properties, one a test, and its share of all runs; what is slow gets less. */
interface Suite {
  file: string;
  share: number;
}

/** Every file of fuzzed properties; the shares are 1 in all. */
export const SUITES: readonly Suite[] = [
  { file: 'test/unit/oci/archive/archive-fuzz.test.ts', share: 0.6 },
  { file: 'test/unit/local/registry/hostile-requests-fuzz.test.ts', share: 0.34 },
  { file: 'test/unit/functions/landed-blob-fuzz.test.ts', share: 0.02 },
  { file: 'test/unit/oci/registry/client-fuzz.test.ts', share: 0.03 },
  { file: 'test/unit/local/registry/registry-fuzz.test.ts', share: 0.01 },
];

const ROOT = join(import.meta.dirname, '..');

/** How often each property of a suite is tried, of so many runs in all. */
export function runsOfEach({ properties, share }: { properties: number; share: number }, runs: number): number {
  return Math.max(1, Math.round((runs * share) / properties));
}

/** How many properties a file has: jest says how many tests, and runs none. @throws when it has none */
export async function countProperties(file: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
  try {
    const output = join(folder, 'tests.json');
    await runJest(file, {}, ['--testNamePattern=$^', '--json', `--outputFile=${output}`]);
    const { numTotalTests } = JSON.parse(await readFile(output, 'utf8')) as { numTotalTests: number };
    if (numTotalTests === 0) throw new Error(`${file} has no properties`);
    return numTotalTests;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Runs the fuzzed properties of archives and registries, `runs` times together, from one seed. Jest's output goes to
 * standard error. @returns the suites that failed
 */
export async function runFuzz(runs: number, seed: number, say: (line: string) => void): Promise<string[]> {
  const faults: string[] = [];
  for (const suite of SUITES) {
    const properties = await countProperties(suite.file);
    const each = runsOfEach({ properties, share: suite.share }, runs);
    const startedAtMs = performance.now();
    const exitCode = await runJest(suite.file, { FUZZ_RUNS: String(each), FUZZ_SEED: String(seed) });
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
    const end = exitCode === 0 ? 'ok' : `exit code ${exitCode}`;
    say(`fuzz: ${suite.file}: ${properties} properties, ${each} runs each, ${seconds} s: ${end}`);
    if (exitCode !== 0) faults.push(`${suite.file} failed: FUZZ_RUNS=${each} FUZZ_SEED=${seed}`);
  }
  return faults;
}

function runJest(file: string, settings: Record<string, string>, more: readonly string[] = []): Promise<number | null> {
  const args = ['--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '-i', file, ...more];
  const env = { ...process.env, ...settings };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 2, 2] });
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
}

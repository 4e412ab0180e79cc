import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** A file of fuzzed properties: how many it has, and its share of all runs; what is slow gets less. */
interface Suite {
  file: string;
  properties: number;
  share: number;
}

const SUITES: readonly Suite[] = [
  { file: 'test/unit/oci/archive/archive-fuzz.test.ts', properties: 2, share: 0.6 },
  { file: 'test/unit/local/registry/hostile-requests-fuzz.test.ts', properties: 2, share: 0.38 },
  { file: 'test/unit/oci/registry/client-fuzz.test.ts', properties: 1, share: 0.01 },
  { file: 'test/unit/local/registry/registry-fuzz.test.ts', properties: 1, share: 0.01 },
];

const ROOT = join(import.meta.dirname, '..');

/** How often each property of a suite is tried, of so many runs in all. */
export function runsOfEach({ properties, share }: Pick<Suite, 'properties' | 'share'>, runs: number): number {
  return Math.max(1, Math.round((runs * share) / properties));
}

/**
 * Runs the fuzzed properties of archives and registries, `runs` times together, from one seed. Jest's output goes to
 * standard error. @returns the suites that failed
 */
export async function runFuzz(runs: number, seed: number, say: (line: string) => void): Promise<string[]> {
  const faults: string[] = [];
  for (const suite of SUITES) {
    const each = runsOfEach(suite, runs);
    const startedAtMs = performance.now();
    const exitCode = await runJest(suite.file, { FUZZ_RUNS: String(each), FUZZ_SEED: String(seed) });
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
    const end = exitCode === 0 ? 'ok' : `exit code ${exitCode}`;
    say(`fuzz: ${suite.file}: ${suite.properties} properties, ${each} runs each, ${seconds} s: ${end}`);
    if (exitCode !== 0) faults.push(`${suite.file} failed: FUZZ_RUNS=${each} FUZZ_SEED=${seed}`);
  }
  return faults;
}

function runJest(file: string, settings: Record<string, string>): Promise<number | null> {
  const args = ['--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '-i', file];
  const env = { ...process.env, ...settings };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 2, 2] });
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
}

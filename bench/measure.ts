import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a program took as a whole process, and what it printed last, as JSON, if it did. */
export interface Measured {
  wallMs: number;
  /** User and system time. */
  cpuMs: number;
  /** The most memory that was resident at once, in bytes. */
  peakBytes: number;
  result: Record<string, number | string>;
}

interface Usage {
  ru: { userCPUTime: number; systemCPUTime: number; maxRSS: number };
  result: Measured['result'];
}

/** Runs a program of this folder in a Node process of its own; it ends by {@link finish}. @throws with what it wrote */
export async function runProgram(
  script: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Measured> {
  const startedMs = performance.now();
  const { code, stdout, stderr } = await execute(process.execPath, [...NODE_OPTIONS, script, ...args], env);
  const wallMs = performance.now() - startedMs;
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${stderr.slice(-2000)}`);
  const { ru, result } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Usage;
  return { wallMs, cpuMs: (ru.userCPUTime + ru.systemCPUTime) / 1000, peakBytes: ru.maxRSS * 1024, result };
}

const NODE_OPTIONS = ['--disable-warning=ExperimentalWarning'];

/** The last line of a program that {@link runProgram} runs. */
export function finish(result: Measured['result'] = {}): void {
  process.stdout.write(`${JSON.stringify({ ru: process.resourceUsage(), result })}\n`);
}

/** Runs any command to its end. */
export function execute(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Milliseconds that a command takes as a whole. @throws with what it wrote when it fails */
export async function timeCommand(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<number> {
  const startedMs = performance.now();
  const { code, stderr } = await execute(command, args, env);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${stderr.slice(-2000)}`);
  return performance.now() - startedMs;
}

/** Milliseconds that something takes. */
export async function time(run: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await run();
  return performance.now() - startedMs;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which that share of the values lies; the nearest one that was measured. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Waits until something is so; a bench is stopped from outside when it never is. */
export async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await sleep(5);
}

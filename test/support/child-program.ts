import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a process that was measured has in use after a collection, and has had resident at most. */
export interface MemoryReport {
  usedBytes: number;
  residentBytes: number;
  peakBytes: number;
}

/** A program of `test/support/programs` in a Node process of its own, which answers each line with a line of JSON. */
export class ChildProgram {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, args: readonly string[] = []) {
    const script = join(import.meta.dirname, 'programs', `${name}.ts`);
    const options = ['--disable-warning=ExperimentalWarning', '--expose-gc'];
    this.#child = spawn(process.execPath, [...options, script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#child;
    if (!stdout) throw new Error('the program has no output');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** Its next line. Rejects when it ends instead, and ends it when none came in time: it hangs. */
  async next<T>(deadlineMs: number): Promise<T> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), deadlineMs);
    const { value, done } = await this.#lines.next();
    clearTimeout(timer);
    if (done) throw new Error(`the program said nothing within ${deadlineMs} ms, or has ended`);
    return JSON.parse(value) as T;
  }

  async ask<T>(line: string, deadlineMs: number): Promise<T> {
    this.#child.stdin?.write(`${line}\n`);
    return this.next<T>(deadlineMs);
  }

  /** Ends its input, and waits for its end. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await exited;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PORT_NAMES, portSetting, TARGET_PORTS } from '../../local/cloud/ports.ts';

const root = join(import.meta.dirname, '../..');
const settings = PORT_NAMES.flatMap((name) => [portSetting(name), portSetting(name, TARGET_PORTS)]);
const FREE = Object.fromEntries(settings.map((setting) => [setting, '0']));

/** `npm start` as a process of its own. */
export interface StartedCommand {
  child: ChildProcess;
  /** All that it has written so far. */
  output: { out: string; err: string };
  /** Its exit code; `null` when a signal ended it. */
  exited: Promise<number | null>;
  /** As a terminal does: SIGINT to it and to everything that it has started. */
  pressCtrlC(): void;
  /** Kills it with everything that it has started and that is still there. */
  kill(): void;
}

/** Runs `npm start` without its build, which `npm test` has done, on free ports, with its state in `dir`. */
export function startCommand(dir: string, args: readonly string[], env: Record<string, string> = {}): StartedCommand {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'local/start.ts', ...args], {
    cwd: root,
    env: { ...process.env, ...FREE, LOCAL_DIR: dir, LOCAL_SAMPLES: 'small', ...env },
    detached: true,
  });
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    output.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.err += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const signal = (name: 'SIGINT' | 'SIGKILL') => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch (error) {
      // Nothing of it is left.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  return { child, output, exited, pressCtrlC: () => signal('SIGINT'), kill: () => signal('SIGKILL') };
}

/** The `endpoints.json` of a folder, waited for while it is being written or replaced. */
export async function readEndpoints<T>(dir: string): Promise<T> {
  for (;;) {
    const text = await readFile(join(dir, 'endpoints.json'), 'utf8').catch(() => '');
    if (text.endsWith('}\n')) return JSON.parse(text);
    await sleep(20);
  }
}

/** Whether there is a process of this id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

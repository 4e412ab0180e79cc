import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a host process is started with. */
export interface SpawnHostOptions {
  /** Folder with the app's package.json and host.json. */
  appDir: string;
  /** 0 asks for a free port. */
  port: number;
  dataDir: string;
  /** The environment of the process: app settings and the host's own. Only where Node keeps compiled code is inherited. */
  env: Record<string, string>;
  /** Gets every line that host and app write. */
  log?: (line: string) => void;
}

/** A host process that is ready, or was. */
export interface HostProcess {
  pid: number;
  port: number;
  /** Resolves when the process has ended, however it did. */
  exited: Promise<{ code: number | null; signal: string | null }>;
  /** SIGTERM, then SIGKILL after 8 s; resolves when the process has ended. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process has ended. */
  kill(): Promise<void>;
}

/** A host that ended before it was ready; the message has its last lines. */
export class HostExitError extends Error {
  override readonly name = 'HostExitError';
  /** As in the table of `README.md`; `null` when a signal ended it. */
  readonly exitCode: number | null;

  constructor(message: string, exitCode: number | null) {
    super(message);
    this.exitCode = exitCode;
  }
}

const STOP_TIMEOUT_MS = 8000;
const KEPT_LINES = 20;

/**
 * Starts a host in a process of its own, with this process's Node (22 or newer), and resolves when it serves. Rejects
 * with {@link HostExitError} when it ends before. The host stops by itself when this process is gone.
 */
export async function spawnHost(options: SpawnHostOptions): Promise<HostProcess> {
  const { appDir, port, dataDir, env } = options;
  const main = join(import.meta.dirname, 'main.ts');
  const place = ['--app', appDir, '--port', String(port), '--data', dataDir];
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', main, ...place, '--stop-with-stdin'],
    {
      env: { ...compileCache(), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      // Ctrl-C in a terminal is for the program that started the host and stops everything in its own order.
      detached: true,
    },
  );
  const exited = exitOf(child);
  const lastLines: string[] = [];
  const onLine = (line: string) => {
    lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
    options.log?.(line);
  };
  const ready = watchOutput(child, onLine);
  const actualPort = await Promise.race([ready, exited.then(() => undefined)]);
  if (actualPort === undefined) {
    const { code, signal } = await exited;
    const how = signal === null ? `exit code ${code}` : signal;
    throw new HostExitError(`the host ended before it was ready (${how}): ${lastLines.join('\n')}`, code);
  }
  return {
    pid: child.pid ?? 0,
    port: actualPort,
    exited,
    stop: () => stop(child, exited),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Resolves when the process has ended and all of its output has been read; also when it could not be started. */
function exitOf(child: ChildProcess): HostProcess['exited'] {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** Hands on every line and resolves with the port when the host says that it is ready. */
function watchOutput(child: ChildProcess, onLine: (line: string) => void): Promise<number> {
  return new Promise((resolve) => {
    for (const input of [child.stdout, child.stderr]) {
      if (input === null) continue;
      createInterface({ input }).on('line', (line) => {
        const port = input === child.stdout ? readyPort(line) : undefined;
        if (port === undefined) onLine(line);
        else resolve(port);
      });
    }
  });
}

function readyPort(line: string): number | undefined {
  if (!line.startsWith('{"ready":true')) return undefined;
  const { port } = JSON.parse(line) as { port: number };
  return port;
}

async function stop(child: ChildProcess, exited: HostProcess['exited']): Promise<void> {
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(killer);
}

/** https://nodejs.org/api/module.html#module-compile-cache: a host that starts again does not compile everything anew. */
function compileCache(): Record<string, string> {
  const { NODE_COMPILE_CACHE: folder } = process.env;
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

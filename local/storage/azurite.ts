import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { pathToFileURL } from 'node:url';
import { makePrivateFolder } from '../atomic-file.ts';
import type { Certificates } from '../certificates.ts';
import { PortTakenError } from '../http.ts';
import type { StorageAccountName } from '../names.ts';

/** How a process ended: its exit code, or the signal that ended it. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunningAzurite {
  port: number;
  pid: number;
  /** Its own account keys, made anew at each start; base64. */
  keys: Readonly<Record<StorageAccountName, string>>;
  /** Resolves when the process has ended, by itself or by `stop`. */
  exited: Promise<ProcessEnd>;
  /** SIGTERM, so that it saves its state; SIGKILL after 5 seconds. Resolves when it has ended. */
  stop(): Promise<void>;
}

export interface AzuriteOptions {
  /** 0 takes any free port. */
  port: number;
  /** Where blobs are kept. */
  dir: string;
  certificates: Certificates;
}

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 5_000;
const POLL_MS = 50;
const KEY_BYTES = 64;
const PRELOADED = ['exit-with-parent.ts', 'azurite-guard.ts', 'azurite-durable.ts', 'azurite-checksums.ts'];
const KEPT_OUTPUT_CHARACTERS = 2_000;

/**
 * Starts Azurite's blob service on 127.0.0.1 over TLS, with the accounts of both clouds, and waits until it answers.
 * Rejects with `PortTakenError`, or with what Azurite printed when it ends or does not answer within 30 seconds.
 */
export async function startAzurite(options: AzuriteOptions): Promise<RunningAzurite> {
  await makePrivateFolder(options.dir);
  const port = await findPort(options.port);
  const keys = newKeys();
  const child = spawn(process.execPath, argumentsOf(options, port), {
    env: environmentOf(options.certificates, keys),
    stdio: ['pipe', 'ignore', 'pipe'],
    // Ctrl-C in a terminal is for the program that started it, which stops everything in its own order.
    detached: true,
    windowsHide: true,
  });
  const printed = collectOutput(child);
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  const stop = () => stopProcess(child, exited);
  try {
    await waitUntilReady(port, options.certificates, exited);
  } catch (error) {
    await stop();
    throw new Error(`Azurite did not start on port ${port}: ${String(error)}\n${printed()}`, { cause: error });
  }
  return { port, pid: child.pid ?? 0, keys, exited, stop };
}

function argumentsOf(options: AzuriteOptions, port: number): string[] {
  const azurite = dirname(createRequire(import.meta.url).resolve('azurite/package.json'));
  return [
    '--disable-warning=ExperimentalWarning',
    ...PRELOADED.flatMap((file) => ['--import', pathToFileURL(join(import.meta.dirname, file)).href]),
    join(azurite, 'dist/src/blob/main.js'),
    ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', options.dir],
    ...['--cert', options.certificates.azurite.certPath, '--key', options.certificates.azurite.keyPath],
    ...['--skipApiVersionCheck', '--silent', '--disableTelemetry'],
  ];
}

/** Azurite calls itself for copies: it must trust itself, and no proxy may come in between. */
function environmentOf(certificates: Certificates, keys: RunningAzurite['keys']): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^((https?|all|no)_proxy|node_use_env_proxy|node_options)$/i.test(name),
  );
  const accounts = Object.entries(keys).map(([account, key]) => `${account}:${key}`);
  return {
    ...Object.fromEntries(kept),
    AZURITE_ACCOUNTS: accounts.join(';'),
    NODE_EXTRA_CA_CERTS: certificates.azurite.certPath,
  };
}

function newKeys(): RunningAzurite['keys'] {
  const key = () => randomBytes(KEY_BYTES).toString('base64');
  return { srcstore: key(), tgtstore: key(), statestore: key(), tgtstate: key() };
}

/** The port, found to be free: Azurite itself would only print that it is not, and end. */
async function findPort(wanted: number): Promise<number> {
  const server = createServer();
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(wanted) : error);
    });
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function waitUntilReady(port: number, certificates: Certificates, exited: Promise<ProcessEnd>): Promise<void> {
  const giveUpAtMs = Date.now() + START_LIMIT_MS;
  let end: ProcessEnd | undefined;
  void exited.then((value) => {
    end = value;
  });
  while (!(await answers(port, certificates.azurite.cert))) {
    if (end) throw new Error(`it ended with ${end.code ?? end.signal}`);
    if (Date.now() > giveUpAtMs) throw new Error(`it did not answer within ${START_LIMIT_MS} ms`);
    await delay(POLL_MS);
  }
}

/** Whether the one that answers on the port shows Azurite's certificate. */
function answers(port: number, cert: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, ca: cert, servername: 'localhost' }, () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}

async function stopProcess(child: ChildProcess, exited: Promise<ProcessEnd>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(timer);
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-KEPT_OUTPUT_CHARACTERS);
  });
  return () => text;
}

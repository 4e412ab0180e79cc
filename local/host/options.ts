import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT_CODES, HostStartError, messageOf } from './errors.ts';
import { type LogLevel, parseLogLevel } from './log.ts';
import type { Settings } from './settings.ts';

/** What the host is started with. */
export interface HostOptions {
  appDir: string;
  /** 0 asks for a free port. */
  port: number;
  dataDir: string;
  functionKey: string | undefined;
  masterKey: string | undefined;
  blobPollIntervalMs: number;
  /** Whether the end of standard input means that whoever started the host is gone, and the host is to stop. */
  stopsWithStdin: boolean;
}

const USAGE =
  'usage: main.ts --app <folder of the app> --port <0 to 65535> --data <folder for the state> [--stop-with-stdin]';
const DEFAULT_BLOB_POLL_MS = 1000;

/** Reads command line and environment. Throws {@link HostStartError}, exit code 2 for a wrong command line. */
export function parseHostOptions(args: string[], settings: Settings): HostOptions {
  const { app, port, data, 'stop-with-stdin': stopsWithStdin = false } = parseCommandLine(args);
  if (
    app === undefined ||
    data === undefined ||
    port === undefined ||
    !/^\d{1,5}$/.test(port) ||
    Number(port) > 65535
  ) {
    throw new HostStartError(`found: ${args.join(' ') || 'nothing'}; ${USAGE}`, EXIT_CODES.usage);
  }
  return {
    appDir: resolve(app),
    port: Number(port),
    dataDir: resolve(data),
    functionKey: settings.LOCAL_HOST_KEY,
    masterKey: settings.LOCAL_HOST_MASTER_KEY,
    blobPollIntervalMs: blobPollIntervalMs(settings.LOCAL_HOST_BLOB_POLL_MS),
    stopsWithStdin,
  };
}

/** The least level of the log, of `LOCAL_HOST_LOG`. */
export function logLevelOf(settings: Settings): LogLevel {
  return parseLogLevel(settings.LOCAL_HOST_LOG);
}

interface CommandLine {
  app?: string;
  port?: string;
  data?: string;
  'stop-with-stdin'?: boolean;
}

function parseCommandLine(args: string[]): CommandLine {
  const text = { type: 'string' } as const;
  const options = { app: text, port: text, data: text, 'stop-with-stdin': { type: 'boolean' } } as const;
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new HostStartError(`${messageOf(error)}; ${USAGE}`, EXIT_CODES.usage, error);
  }
}

function blobPollIntervalMs(text: string | undefined): number {
  const milliseconds = Number(text || DEFAULT_BLOB_POLL_MS);
  if (Number.isInteger(milliseconds) && milliseconds >= 10) return milliseconds;
  throw new HostStartError(`LOCAL_HOST_BLOB_POLL_MS is '${text}'; allowed: whole milliseconds from 10`);
}

import { format } from 'node:util';
import { redact } from '../../src/domain/errors.ts';
import { HostStartError } from './errors.ts';

/** The levels of the Functions runtime, the least first. */
export const LOG_LEVELS = ['trace', 'debug', 'information', 'warning', 'error', 'critical', 'none'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes one line of the log. */
export type Log = (level: LogLevel, category: string, message: string) => void;

/** The level that a setting names (any case); `information` when absent. Throws {@link HostStartError} naming the levels. */
export function parseLogLevel(text: string | undefined): LogLevel {
  if (text === undefined || text === '') return 'information';
  const level = LOG_LEVELS.find((known) => known === text.toLowerCase());
  if (level === undefined) {
    throw new HostStartError(`LOCAL_HOST_LOG is '${text}'; allowed: ${LOG_LEVELS.join(', ')}`);
  }
  return level;
}

/**
 * A log that writes `<ISO time> <level> <category>: <message>`, one line each (line breaks become ` | `), for messages
 * at `minimum` and above. Queries of URLs and what looks like a token are masked.
 */
export function createLog(minimum: LogLevel, write: (line: string) => void): Log {
  const least = LOG_LEVELS.indexOf(minimum);
  return (level, category, message) => {
    if (level === 'none' || LOG_LEVELS.indexOf(level) < least) return;
    const text = redact(message).replace(/\s*\r?\n\s*/g, ' | ');
    write(`${new Date().toISOString()} ${level} ${category}: ${text}`);
  };
}

const CONSOLE_LEVELS = {
  debug: 'debug',
  error: 'error',
  info: 'information',
  log: 'information',
  trace: 'trace',
  warn: 'warning',
} as const;

/** Makes the app's `console` write to the log: standard output is for the host's one line of JSON. */
export function redirectConsole(log: Log): void {
  for (const [method, level] of Object.entries(CONSOLE_LEVELS)) {
    Object.assign(console, { [method]: (...args: unknown[]) => log(level, 'console', format(...args)) });
  }
}

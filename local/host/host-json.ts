import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { HostStartError } from './errors.ts';
import { readJsonFile } from './load-app.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { parseTimeSpanMs } from './time-span.ts';

/** What of `host.json` this host honours. */
export interface HostJson {
  /** In front of every HTTP route; may be empty. Default `api`. */
  routePrefix: string;
  hubName: string;
  /** Activities at once. Default ten for each processor. */
  maxConcurrentActivities: number;
  /** Orchestrations at once (their episodes, not their waiting). Default ten for each processor. */
  maxConcurrentOrchestrators: number;
  /** An invocation that takes longer ends the process; `undefined` is no limit. Default 30 minutes. */
  functionTimeoutMs: number | undefined;
}

const DEFAULT_FUNCTION_TIMEOUT_MS = 30 * 60_000;

/** Reads `host.json` of an app. Throws {@link HostStartError} for a missing file or a value out of its range. */
export function readHostJson(appDir: string, settings: Settings): HostJson {
  const file = join(appDir, 'host.json');
  const json = readJsonFile(file);
  if (json === undefined) throw new HostStartError(`no host.json in ${appDir}`);
  const http = objectAt(objectAt(json, 'extensions'), 'http');
  const durable = objectAt(objectAt(json, 'extensions'), 'durableTask');
  const parallel = 10 * availableParallelism();
  const hubName = textAt(durable, 'hubName', file) ?? 'TestHubName';
  return {
    routePrefix: (textAt(http, 'routePrefix', file) ?? 'api').replace(/^\/+|\/+$/g, ''),
    hubName: resolveSettings(hubName, settings, `hubName of ${file}`),
    maxConcurrentActivities: countAt(durable, 'maxConcurrentActivityFunctions', file) ?? parallel,
    maxConcurrentOrchestrators: countAt(durable, 'maxConcurrentOrchestratorFunctions', file) ?? parallel,
    functionTimeoutMs: functionTimeoutMs(json, file),
  };
}

function functionTimeoutMs(json: Record<string, unknown>, file: string): number | undefined {
  const text = textAt(json, 'functionTimeout', file);
  if (text === undefined) return DEFAULT_FUNCTION_TIMEOUT_MS;
  if (text === '-1') return undefined;
  const milliseconds = parseTimeSpanMs(text);
  if (milliseconds === undefined || milliseconds <= 0) {
    throw new HostStartError(`functionTimeout of ${file} is '${text}'; allowed: hh:mm:ss, d.hh:mm:ss or -1`);
  }
  return milliseconds;
}

function objectAt(json: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = json[name];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textAt(json: Record<string, unknown>, name: string, file: string): string | undefined {
  const value = json[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new HostStartError(`${name} of ${file} must be text, found ${String(value)}`);
  return value;
}

function countAt(json: Record<string, unknown>, name: string, file: string): number | undefined {
  const value = json[name];
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value) || Number(value) < 1) {
    throw new HostStartError(`${name} of ${file} must be a whole number from 1, found ${String(value)}`);
  }
  return Number(value);
}

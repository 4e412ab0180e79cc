import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { HostStartError } from './errors.ts';
import { readJsonFile } from './load-app.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { parseTimeSpanMs } from './time-span.ts';

/** How Durable is to run. Counts are by default ten for each processor. */
export interface DurableLimits {
  /** Activities at once. */
  maxConcurrentActivities: number;
  /** Orchestrations at once (their episodes, not their waiting). */
  maxConcurrentOrchestrators: number;
  /** Entities at once, each with one operation. */
  maxConcurrentEntities: number;
  /** Operations of one entity that one transaction may write. Default 200. */
  maxEntityBatchSize: number;
  /** Whether an operation that throws leaves the state as it was. Default true. */
  rollsEntitiesBack: boolean;
  /** What an HTTP call of an orchestrator waits between two polls when the service does not say. Default 30,000. */
  httpPollIntervalMs: number;
  /** The version of orchestrations that are started without one; `null` is none. */
  defaultVersion: string | null;
}

const DEFAULT_ENTITY_BATCH_SIZE = 200;

/** What of `host.json` this host honours. */
export interface HostJson {
  /** In front of every HTTP route; may be empty. Default `api`. */
  routePrefix: string;
  hubName: string;
  durable: DurableLimits;
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
  const hubName = textAt(durable, 'hubName', file) ?? 'TestHubName';
  return {
    routePrefix: (textAt(http, 'routePrefix', file) ?? 'api').replace(/^\/+|\/+$/g, ''),
    hubName: resolveSettings(hubName, settings, `hubName of ${file}`),
    durable: durableLimits(durable, file),
    functionTimeoutMs: functionTimeoutMs(json, file),
  };
}

function durableLimits(durable: Record<string, unknown>, file: string): DurableLimits {
  const parallel = 10 * availableParallelism();
  return {
    maxConcurrentActivities: countAt(durable, 'maxConcurrentActivityFunctions', file) ?? parallel,
    maxConcurrentOrchestrators: countAt(durable, 'maxConcurrentOrchestratorFunctions', file) ?? parallel,
    maxConcurrentEntities: countAt(durable, 'maxConcurrentEntityFunctions', file) ?? parallel,
    maxEntityBatchSize: countAt(durable, 'maxEntityOperationBatchSize', file) ?? DEFAULT_ENTITY_BATCH_SIZE,
    httpPollIntervalMs:
      countAt(objectAt(durable, 'httpSettings'), 'defaultAsyncRequestSleepTimeMilliseconds', file) ?? 30_000,
    defaultVersion: textAt(durable, 'defaultVersion', file) ?? null,
    rollsEntitiesBack: flagAt(durable, 'rollbackEntityOperationsOnExceptions', file) ?? true,
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

function flagAt(json: Record<string, unknown>, name: string, file: string): boolean | undefined {
  const value = json[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') {
    throw new HostStartError(`${name} of ${file} must be true or false, found ${String(value)}`);
  }
  return value;
}

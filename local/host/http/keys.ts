import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';

export const AUTH_LEVELS = ['anonymous', 'function', 'admin'] as const;
export type AuthLevel = (typeof AUTH_LEVELS)[number];

/**
 * The keys that callers present. `function` opens every function, `system` the Durable webhooks, `blobs` and
 * `eventGrid` those of the extensions that Event Grid calls, `master` all.
 */
export interface HostKeys {
  function: string;
  master: string;
  system: string;
  blobs: string;
  eventGrid: string;
}

/**
 * The host's keys: the given ones, else made up. A made-up key is kept in the database, so that management URLs that
 * were handed out still work after a restart.
 */
export function loadKeys(database: DatabaseSync, given: Partial<HostKeys>): HostKeys {
  database.exec('CREATE TABLE IF NOT EXISTS keys(name TEXT PRIMARY KEY, value TEXT NOT NULL)');
  const keyOf = (name: keyof HostKeys) => given[name] || keptKey(database, name);
  return {
    function: keyOf('function'),
    master: keyOf('master'),
    system: keyOf('system'),
    blobs: keyOf('blobs'),
    eventGrid: keyOf('eventGrid'),
  };
}

function keptKey(database: DatabaseSync, name: string): string {
  const made = randomBytes(32).toString('base64url');
  database.prepare('INSERT OR IGNORE INTO keys(name, value) VALUES(?, ?)').run(name, made);
  return String(database.prepare('SELECT value FROM keys WHERE name = ?').get(name)?.value);
}

/** The level of a function's `authLevel` (any case; absent is anonymous). Throws an Error naming the levels. */
export function parseAuthLevel(text: string | undefined): AuthLevel {
  const level = AUTH_LEVELS.find((known) => known === (text ?? 'anonymous').toLowerCase());
  if (level === undefined) throw new Error(`authLevel is '${text}'; allowed: ${AUTH_LEVELS.join(', ')}`);
  return level;
}

/** The key that a request presents, in the `x-functions-key` header or as `code`. */
export function presentedKey(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const header = headers['x-functions-key'];
  return (Array.isArray(header) ? header[0] : header) ?? query.get('code') ?? undefined;
}

/** The system keys by the names that the service gives them. */
export function systemKeys(keys: HostKeys): { name: string; value: string }[] {
  return [
    { name: 'blobs_extension', value: keys.blobs },
    { name: 'durabletask_extension', value: keys.system },
    { name: 'eventgrid_extension', value: keys.eventGrid },
  ];
}

/** Whether a key opens what is on a level. */
export function isAllowed(
  level: AuthLevel | 'system' | 'blobs' | 'eventGrid',
  presented: string | undefined,
  keys: HostKeys,
): boolean {
  if (level === 'anonymous') return true;
  if (presented === undefined) return false;
  const own = level === 'admin' ? [] : [keys[level]];
  return [...own, keys.master].some((key) => isSame(key, presented));
}

/** Digests are compared, so that the time taken tells neither length nor beginning of the key. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

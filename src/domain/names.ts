import { createHash } from 'node:crypto';

/** Form of a transfer's id, the caller's own or made by {@link makeTransferId}. */
export const TRANSFER_ID = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
export const TRANSFER_ID_FORM = '3 to 63 of a-z, 0-9 and inner hyphens';

/** Runs of one path and direction; the name has two digits for it. */
export const MAX_ATTEMPTS = 99;

export type Direction = 'export' | 'import';

/** Of what a webhook tells: an end of a transfer or an import, which may end more than once. `end` counts from 1. */
export interface Notified {
  kind: 'transfer' | 'import';
  id: string;
  end: number;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648 base32 in lower case, without padding. */
export function formatBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(value >> (bits - 5)) & 31];
  }
  return bits > 0 ? text + BASE32[(value << (5 - bits)) & 31] : text;
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function twoDigits(attempt: number): string {
  if (!Number.isInteger(attempt) || attempt < 1 || attempt > MAX_ATTEMPTS) {
    throw new RangeError(`attempt ${attempt}: allowed are 1 to ${MAX_ATTEMPTS}`);
  }
  return String(attempt).padStart(2, '0');
}

/** `yyyymmdd-hhmmss-` in UTC and 6 base32 characters of `entropy` (4 bytes or more). */
export function makeTransferId(now: Date, entropy: Uint8Array): string {
  const digits = now.toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${formatBase32(entropy).slice(0, 6)}`;
}

/** The id of a transfer that starts by itself: its time, and letters that derive from what started it and when. */
export function formatOwnTransferId(due: Date, startedBy: string): string {
  const entropy = hash(`${startedBy}/${due.toISOString()}`);
  return `${makeTransferId(due, entropy)}${formatBase32(entropy).slice(6, 10)}`;
}

/** The time, to the second, that a made id begins with. */
export function timeOfTransferId(id: string): Date {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(id) ?? [];
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The timer of a route's schedule. Neither name holds an underscore, so no two share one. */
export function formatScheduleTimerName(route: string, schedule: string): string {
  return `schedule_${route}_${schedule}`;
}

/** `b0001` for the first batch of a transfer. */
export function formatBatchPath(index: number): string {
  return `b${String(index).padStart(4, '0')}`;
}

/** What a pipeline run belongs to; `id` is a transfer's or an import's. */
export interface RunKey {
  id: string;
  path: string;
  attempt: number;
}

/** The run's `forceUpdateTag`: the same for the same attempt, other for every other. */
export function formatForceUpdateTag({ id, path, attempt }: RunKey): string {
  return `${id}/${path}/${attempt}`;
}

/** The name of an attempt's pipeline run: derived, so that an activity that runs twice names the same run. */
export function formatRunName(direction: Direction, key: RunKey): string {
  const letters = formatBase32(hash(formatForceUpdateTag(key))).slice(0, 26);
  return `${direction === 'export' ? 'e' : 'i'}${letters}a${twoDigits(key.attempt)}`;
}

/** The storage blob that an export attempt writes. Flat: a slash in a run's target name is not documented. */
export function formatArchiveName({ id, path, attempt }: RunKey): string {
  return `${id}-${path}-a${twoDigits(attempt)}.tar`;
}

const ARCHIVE_NAME = /^([a-z0-9][a-z0-9-]{1,61}[a-z0-9])-(b\d{4,}[lrx]*)-a(0[1-9]|[1-9]\d)\.tar$/;

/** The inverse of {@link formatArchiveName}; `undefined` for a blob that no transfer of this app named. */
export function parseArchiveName(name: string): RunKey | undefined {
  const match = ARCHIVE_NAME.exec(name);
  if (!match) return undefined;
  const [, id = '', path = '', attempt = ''] = match;
  return { id, path, attempt: Number(attempt) };
}

/** Ids of Durable instances. They derive from what they work on, so that starting one twice is starting it once. */
export const instanceIds = {
  transfer: (id: string) => `transfer:${id}`,
  segment: (id: string, segment: number) => `segment:${id}:${segment}`,
  pages: (id: string, activity: string, first: number) => `pages:${id}:${activity}:${first}`,
  batch: (id: string, path: string) => `batch:${id}:${path}`,
  run: (runName: string) => `run:${runName}`,
  copy: (archive: string, attempt: number) => (attempt === 1 ? `copy:${archive}` : `copy:${archive}:${attempt}`),
  /** `place` is what waits: `resolve`, or a batch's path and step; `count` tells its waits apart. */
  pause: (id: string, place: string, count: number) => `pause:${id}:${place}:${count}`,
  delete: (id: string) => `delete:${id}`,
  import: (importId: string) => `import:${importId}`,
  /** Gathers the pushes of one window of a route. */
  gather: (route: string, window: string) => `gather:${route}:${window}`,
  /** Tells of an end of a transfer or an import. */
  notify: ({ kind, id, end }: Notified) => `notify:${kind}:${id}:${end}`,
  /** Following a run that the service has started. */
  follow: (importId: string, runName: string) => `follow:${importId}:${runName}`,
  rotate: (secretUri: string) => `rotate:${hash(secretUri.toLowerCase()).toString('hex').slice(0, 32)}`,
};

/** The id of the import of one state of one blob; a blob that is overwritten has another ETag and another id. */
export function formatImportId(blob: { account: string; container: string; name: string; etag: string }): string {
  const etag = blob.etag.replaceAll('"', '');
  return hash(`${blob.account}/${blob.container}/${blob.name}/${etag}`).toString('hex').slice(0, 32);
}

/** The blob trigger of a container; Event Grid subscriptions name it, so it must not depend on the order of routes. */
export function formatBlobTriggerName(account: string, container: string): string {
  return `importBlob_${hash(`${account}/${container}`).toString('hex').slice(0, 8)}`;
}

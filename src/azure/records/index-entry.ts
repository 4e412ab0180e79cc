const LAST_MILLISECOND = 9_999_999_999_999;
const DIGITS = 13;

/** A transfer in the list of all. */
export interface IndexEntry {
  entry: string;
  id: string;
  /** ISO 8601. */
  requestedAt: string;
}

/** The blob that lists a transfer. Sorted by name they are newest first: the 13 digits count down. */
export function formatIndexEntry(id: string, requestedAt: string): string {
  return `index/${String(LAST_MILLISECOND - Date.parse(requestedAt)).padStart(DIGITS, '0')}-${id}`;
}

/** The transfer that an entry stands for; `entry` without `index/`. */
export function parseIndexEntry(entry: string): IndexEntry {
  const requestedAt = new Date(LAST_MILLISECOND - Number(entry.slice(0, DIGITS))).toISOString();
  return { entry, id: entry.slice(DIGITS + 1), requestedAt };
}

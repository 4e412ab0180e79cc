/** Something that is due, by the place of its transfer in the list of all, where the newest comes first. */
export interface DueEntry {
  entry: string;
}

/**
 * The order in which what is due is begun: the oldest first, those after `cursor` before those up to it. So what cannot
 * be deleted, and is due every night, does not keep the rest from its turn.
 */
export function orderDue<T extends DueEntry>(due: readonly T[], cursor: string | null): T[] {
  const oldestFirst = [...due].sort((a, b) => (a.entry < b.entry ? 1 : -1));
  const next = cursor === null ? 0 : oldestFirst.findIndex(({ entry }) => entry < cursor);
  if (next < 1) return oldestFirst;
  return [...oldestFirst.slice(next), ...oldestFirst.slice(0, next)];
}

/** Names that are compared at most: what is asked for is a hint, not a search. */
const MAX_CANDIDATES = 5000;
const MAX_HINTS = 3;

/** Up to three of the candidates that a mistyped name may have meant: nearest first, then by name. */
export function nearNames(wanted: string, candidates: readonly string[]): string[] {
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  return candidates
    .slice(0, MAX_CANDIDATES)
    .map((name) => ({ name, distance: nearness(wanted.toLowerCase(), name.toLowerCase(), limit) }))
    .filter(({ distance }) => distance <= limit)
    .sort((left, right) => left.distance - right.distance || (left.name < right.name ? -1 : 1))
    .slice(0, MAX_HINTS)
    .map(({ name }) => name);
}

/** Edits from one text to the other; 1 where one continues the other at most, since that is how tags are shortened. */
function nearness(left: string, right: string, limit: number): number {
  if (left === right) return 0;
  if (left !== '' && (right.startsWith(left) || left.startsWith(right)) && right !== '') return 1;
  return Math.abs(left.length - right.length) > limit ? Number.POSITIVE_INFINITY : editDistance(left, right);
}

/** Insertions, deletions and replacements of one character each (Levenshtein), one row of the table at a time. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

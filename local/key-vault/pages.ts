import { badParameter } from './errors.ts';

const MOST_PER_PAGE = 25;

/**
 * One page of a list, as Key Vault gives it: at most 25 items, fewer with `maxresults`, and the absolute URL of the
 * next page or `null`. Throws a `VaultError` (400) for a bad `maxresults` or `$skiptoken`.
 */
export function pageOf<T>(all: readonly T[], url: URL): { value: T[]; nextLink: string | null } {
  const size = wholeNumber(url, 'maxresults', 1, MOST_PER_PAGE) ?? MOST_PER_PAGE;
  const start = wholeNumber(url, '$skiptoken', 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const next = new URL(url);
  next.searchParams.set('$skiptoken', String(start + size));
  return { value: all.slice(start, start + size), nextLink: start + size < all.length ? next.href : null };
}

function wholeNumber(url: URL, name: string, least: number, most: number): number | undefined {
  const text = url.searchParams.get(name);
  if (text === null) return undefined;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw badParameter(`${name} is ${text}; allowed are whole numbers from ${least} to ${most}.`);
}

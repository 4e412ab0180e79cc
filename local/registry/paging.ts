import { RegistryError } from './errors.ts';

/** One page of a list, and the path of the next one. */
export interface Page<T> {
  items: T[];
  next: string | undefined;
}

export interface PageOptions<T> {
  /** Sorted; all of them. */
  items: readonly T[];
  nameOf: (item: T) => string;
  /** The path that was asked. */
  path: string;
  /** `n`: items a page; `last`: the item after which it begins. Others are kept for the next page. */
  query: URLSearchParams;
  /** Items a page where the caller gives no `n`; default: all. */
  defaultCount?: number;
}

/**
 * The page that `n` and `last` ask for. `last` need not exist in an ascending list: the page begins after where it
 * would be. Throws `PAGINATION_NUMBER_INVALID`.
 */
export function pageOf<T>(options: PageOptions<T>): Page<T> {
  const { items, nameOf, path, query } = options;
  const count = countOf(query) ?? options.defaultCount ?? items.length;
  const rest = items.slice(startOf(options));
  const shown = rest.slice(0, count);
  const lastShown = shown.at(-1);
  if (lastShown === undefined || shown.length === rest.length) return { items: shown, next: undefined };
  const next = new URLSearchParams(query);
  next.set('last', nameOf(lastShown));
  next.set('n', String(count));
  return { items: shown, next: `${path}?${next}` };
}

/** The `Link` header that leads to the next page; none on the last one. */
export function linkHeader(page: Page<unknown>): Record<string, string> {
  return page.next === undefined ? {} : { link: `<${page.next}>; rel="next"` };
}

function startOf<T>({ items, nameOf, query }: PageOptions<T>): number {
  const last = query.get('last');
  if (last === null) return 0;
  const index = items.findIndex((item) => nameOf(item) === last);
  if (index >= 0) return index + 1;
  const after = items.findIndex((item) => nameOf(item) > last);
  return after >= 0 ? after : items.length;
}

function countOf(query: URLSearchParams): number | undefined {
  const text = query.get('n');
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new RegistryError('PAGINATION_NUMBER_INVALID', `n ${JSON.stringify(text)}: allowed is a number from 0`);
}

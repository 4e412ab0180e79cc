import { badValue } from './arm-error.ts';

/** What a list is ordered by: when the item was first made, then its key. */
export interface Listed {
  key: string;
  /** Milliseconds since 1970. */
  createdAtMs: number;
}

/**
 * One page of a list, oldest first. `skipToken` names the last item of the page before: what is made or deleted between
 * two pages neither repeats nor hides another item. `next` is the token of the next page. Throws 400 for a foreign token.
 */
export function pageOf<T extends Listed>(
  items: readonly T[],
  pageSize: number,
  skipToken: string | null,
): { page: T[]; next?: string } {
  const last = skipToken === null ? undefined : parseToken(skipToken);
  const rest = items.filter((item) => last === undefined || compare(item, last) > 0).sort(compare);
  const page = rest.slice(0, pageSize);
  const final = page.at(-1);
  return final && rest.length > page.length ? { page, next: formatToken(final) } : { page };
}

function compare(left: Listed, right: Listed): number {
  return left.createdAtMs - right.createdAtMs || (left.key < right.key ? -1 : left.key > right.key ? 1 : 0);
}

function formatToken({ createdAtMs, key }: Listed): string {
  return Buffer.from(`${createdAtMs} ${key}`).toString('base64url');
}

function parseToken(token: string): Listed {
  const match = /^(\d+) (.+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (!match) throw badValue('$skipToken', token, 'the token of a nextLink');
  const [, createdAtMs, key = ''] = match;
  return { createdAtMs: Number(createdAtMs), key };
}

import { z } from 'zod';
import { TransferError } from '../../domain/errors.ts';
import { listOf } from '../first-fault.ts';
import type { TransportResponse } from './body.ts';
import { readBytes } from './body.ts';
import { resolveWithinOrigin } from './origin.ts';
import { headerOf } from './response-error.ts';
import type { Transport, TransportRequest } from './transport.ts';

const PAGE_SIZE = 1000;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_PAGES = 20_000;
const MAX_EMPTY_PAGES = 100;

/** A list in pages: where it starts, the member that holds it, and what it takes to read it. */
export interface PagedList {
  path: string;
  member: 'tags' | 'repositories';
  action: string;
  scope: string;
}

/**
 * The entries of all pages, one page in memory at a time. The `Link` to the next page is followed within the endpoint's
 * origin only. A list that comes to no end is `PAGING_INVALID` (class `service`): a page that was read before, one that
 * ends where the page before it ended, more than 100 pages without entries in a row, more than 20,000 pages.
 */
export async function* readPages(transport: Transport, list: PagedList): AsyncGenerator<string, void, undefined> {
  const seen = new Set<string>();
  let url: URL | undefined = transport.urlOf(`${list.path}?n=${PAGE_SIZE}`);
  let last: string | undefined;
  let emptyPages = 0;
  while (url !== undefined) {
    if (seen.has(url.href)) throw pagingError(list, 'the next page is one that was read before');
    if (seen.size >= MAX_PAGES) throw pagingError(list, `there are more than ${MAX_PAGES} pages`);
    seen.add(url.href);
    const page: Page = await readPage(transport, list, url);
    const end = page.entries.at(-1);
    if (end !== undefined && end === last) throw pagingError(list, 'a page ends where the one before it ended');
    emptyPages = end === undefined ? emptyPages + 1 : 0;
    if (emptyPages > MAX_EMPTY_PAGES) throw pagingError(list, `more than ${MAX_EMPTY_PAGES} pages are without entries`);
    yield* page.entries;
    last = end ?? last;
    url = page.next;
  }
}

interface Page {
  entries: string[];
  next: URL | undefined;
}

async function readPage(transport: Transport, list: PagedList, url: URL): Promise<Page> {
  const request: TransportRequest = { method: 'GET', url, action: list.action, scopes: [list.scope], expected: [200] };
  return transport.send(request, async (response) => {
    const bytes = await readBytes(response.body, MAX_PAGE_BYTES, () =>
      pagingError(list, `a page is longer than ${MAX_PAGE_BYTES} bytes`),
    );
    return { entries: parseEntries(list, bytes), next: linkedPage(transport, url, response) };
  });
}

function parseEntries(list: PagedList, bytes: Buffer): string[] {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw pagingError(list, 'a page is not JSON');
  }
  // Go registries write an empty list as null.
  const parsed = z.object({ [list.member]: listOf(z.string()).nullish() }).safeParse(json);
  if (!parsed.success) throw pagingError(list, `a page has no list '${list.member}'`);
  return parsed.data[list.member] ?? [];
}

/** The page that an answer's `Link` leads to, within the endpoint's origin; `undefined` for the last. */
export function linkedPage(transport: Transport, base: URL, response: TransportResponse): URL | undefined {
  const link = headerOf(response.headers, 'link');
  const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? '') ?? [];
  return target === undefined ? undefined : resolveWithinOrigin(transport.endpoint, base, target, 'next page');
}

function pagingError(list: PagedList, found: string): TransferError {
  return new TransferError(`Could not ${list.action}: ${found}`, { class: 'service', code: 'PAGING_INVALID' });
}

import { z } from 'zod';
import { TransferError } from '../../domain/errors.ts';
import { readBytes } from './body.ts';
import { resolveWithinOrigin } from './origin.ts';
import { headerOf } from './response-error.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

const PAGE_SIZE = 1000;
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/** A list in pages: where it starts, the member that holds it, and what it takes to read it. */
export interface PagedList {
  path: string;
  member: 'tags' | 'repositories';
  action: string;
  scope: string;
}

/**
 * The entries of all pages, one page in memory at a time. The `Link` to the next page is followed within the endpoint's
 * origin only; a page that was read before ends in `PAGING_INVALID` (class `service`).
 */
export async function* readPages(transport: Transport, list: PagedList): AsyncGenerator<string, void, undefined> {
  const seen = new Set<string>();
  let url: URL | undefined = transport.urlOf(`${list.path}?n=${PAGE_SIZE}`);
  while (url !== undefined) {
    if (seen.has(url.href)) throw pagingError(list, 'the next page is one that was read before');
    seen.add(url.href);
    const page: { entries: string[]; next: URL | undefined } = await readPage(transport, list, url);
    yield* page.entries;
    url = page.next;
  }
}

async function readPage(transport: Transport, list: PagedList, url: URL) {
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
  const parsed = z.object({ [list.member]: z.array(z.string()).nullish() }).safeParse(json);
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

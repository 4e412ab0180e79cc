import { z } from 'zod';
import { RECEIPTS_CONTAINER } from '../receipt/receipt.ts';
import type { Route } from '../route/route.ts';

/**
 * How far the app brings an archive: to its import (it serves both sides), to a target's container that another app
 * imports from, or no further than its export, for somebody to carry.
 */
export const REACHES = ['Import', 'Copy', 'Export'] as const;
export type Reach = (typeof REACHES)[number];

export function reachOf({ serves, target }: Pick<Route, 'serves' | 'target'>): Reach {
  if (serves === 'both') return 'Import';
  return target ? 'Copy' : 'Export';
}

/** What a batch that was handed over left for the other side, and how to carry it there. No URL holds a token. */
export const handoverSchema = z.object({
  /** URL of the archive: in the target's container where the app copied it there, else in the source's. */
  archive: z.string(),
  bytes: z.number(),
  /** Base64; `null` where the blob has none. */
  md5: z.string().nullable(),
  catalogDigest: z.string().nullable(),
  /** URLs of the receipt and of its detached signature, beside the archive. */
  receipt: z.string(),
  signature: z.string().nullable(),
  /** One command a line, in the order in which they have to be run; `null` where nothing is left to carry. */
  azcopy: z.string().nullable(),
  /** ISO 8601. */
  at: z.string(),
  /** Why a receipt that came back is not believed. */
  ignored: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type Handover = z.infer<typeof handoverSchema>;

const TARGET_ACCOUNT = 'https://{account}.blob.{suffix}';

/**
 * The AzCopy commands that carry blobs, in the order given: the receipt before the archive, so that whoever finds the
 * archive finds that too. What the app does not know, the target's account and container, stands in braces.
 */
export function formatAzcopy(urls: readonly string[]): string {
  return urls.map((url) => `azcopy copy '${url}' '${targetOf(url)}'`).join('\n');
}

function targetOf(url: string): string {
  const [, container = '', ...names] = new URL(url).pathname.split('/');
  return [TARGET_ACCOUNT, container === RECEIPTS_CONTAINER ? container : '{container}', ...names].join('/');
}

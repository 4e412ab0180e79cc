import type { HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import type { Services } from '../../activities/services.ts';
import { readIndexed } from '../../azure/records/transfer-history.ts';
import type { TransferEntry } from '../../azure/records/transfer-index.ts';
import { queries } from '../../domain/api/queries.ts';
import type { TransferSummary } from '../../domain/transfer/transfer-summary.ts';
import { mapBounded } from '../../oci/parallel.ts';
import { withTransfer } from './find-transfer.ts';
import type { Call } from './handler.ts';
import { parseQuery } from './parse-query.ts';
import { transferResponse } from './transfer-response.ts';

/** Transfers that one call looks into, so that a rare filter ends in time; what is beyond comes by the continuation. */
const MAX_LOOKED_AT = 500;
/** Entries of the list that one call passes over, a thousand at a request. */
const MAX_PASSED = 50_000;
const PARALLEL_READS = 8;

type Query = z.infer<typeof queries.listTransfers>;

/** `GET /transfers/{id}` */
export function getTransfer(services: Services, call: Call): Promise<HttpResponseInit> {
  return withTransfer(services, call, ({ id }) => transferResponse(services, id, 200));
}

/**
 * `GET /transfers`: newest first, in short; `continuation` is there when there may be more. What the list itself says of
 * route, times and final state spares reading what does not match.
 */
export async function listTransfers(services: Services, call: Call): Promise<HttpResponseInit> {
  const parsed = parseQuery(call, queries.listTransfers);
  if ('refused' in parsed) return parsed.refused;
  const { query } = parsed;
  const { transfers } = services;
  const value: TransferSummary[] = [];
  await transfers.ensureContainer();
  let lookedAt = 0;
  for await (const { entries, last } of pagesOf(transfers.index.list(query.continuation), query)) {
    for (let begin = 0; begin < entries.length; ) {
      const taken = entries.slice(begin, begin + query.limit - value.length);
      const read = await mapBounded(taken, PARALLEL_READS, (entry) => readIndexed(transfers, entry));
      value.push(...read.filter((summary) => summary !== undefined).filter((summary) => matches(summary, query)));
      begin += taken.length;
      lookedAt += taken.length;
      const isFull = value.length === query.limit || lookedAt >= MAX_LOOKED_AT;
      if (isFull) return { jsonBody: { value, continuation: entries[begin] ? taken.at(-1)?.entry : last } };
    }
    if (entries.length === 0) return { jsonBody: { value, continuation: last } };
  }
  return { jsonBody: { value } };
}

interface IndexPage {
  /** Those that may match; none where so many do not that a call goes no further. */
  entries: TransferEntry[];
  /** The last entry that was passed over or is among them. */
  last: string;
}

/** The entries that may match, at most so many at a time as are read at once. */
async function* pagesOf(list: AsyncIterable<TransferEntry>, query: Query): AsyncGenerator<IndexPage> {
  let entries: TransferEntry[] = [];
  let passed = 0;
  let last = '';
  for await (const entry of list) {
    // The index is newest first: all that follows is older still.
    if (query.from !== undefined && Date.parse(entry.requestedAt) < Date.parse(query.from)) break;
    passed += 1;
    last = entry.entry;
    if (mayMatch(entry, query)) entries.push(entry);
    if (entries.length < PARALLEL_READS && passed < MAX_PASSED) continue;
    yield { entries, last };
    entries = [];
    passed = 0;
  }
  if (entries.length > 0) yield { entries, last };
}

/** Whether an entry, by what the list says of it, may be one that was asked for. */
function mayMatch({ requestedAt, marks }: TransferEntry, { to, route, state }: Query): boolean {
  if (to !== undefined && Date.parse(requestedAt) > Date.parse(to)) return false;
  if (!marks) return true;
  const isOther = route !== undefined && marks.route !== route;
  return !isOther && (state === undefined || marks.end === null || marks.end.state === state);
}

function matches({ route, state }: TransferSummary, query: Query): boolean {
  return (query.route === undefined || query.route === route) && (query.state === undefined || query.state === state);
}

import type { HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import type { Services } from '../../activities/services.ts';
import { queries } from '../../domain/api/queries.ts';
import type { TransferDocument } from '../../domain/transfer-document.ts';
import { withTransfer } from './find-transfer.ts';
import type { Call } from './handler.ts';
import { parseQuery } from './parse-query.ts';
import { transferResponse } from './transfer-response.ts';

/** Transfers that one call reads, so that a rare filter ends in time; what is beyond comes by the continuation. */
const MAX_LOOKED_AT = 500;

type Query = z.infer<typeof queries.listTransfers>;

/** `GET /transfers/{id}` */
export function getTransfer(services: Services, call: Call): Promise<HttpResponseInit> {
  return withTransfer(services, call, ({ id }) => transferResponse(services, id, 200));
}

/** `GET /transfers`: newest first, without artifacts; `continuation` is there when there may be more. */
export async function listTransfers(services: Services, call: Call): Promise<HttpResponseInit> {
  const parsed = parseQuery(call, queries.listTransfers);
  if ('refused' in parsed) return parsed.refused;
  const { query } = parsed;
  const value: TransferDocument[] = [];
  await services.transfers.ensureContainer();
  let lookedAt = 0;
  for await (const entry of services.transfers.listIndex(query.continuation)) {
    if (query.to !== undefined && Date.parse(entry.requestedAt) > Date.parse(query.to)) continue;
    // The index is newest first: all that follows is older still.
    if (query.from !== undefined && Date.parse(entry.requestedAt) < Date.parse(query.from)) break;
    const document = await services.transfers.readIndexed(entry);
    if (document && matches(document, query)) value.push(document);
    lookedAt += 1;
    const isFull = value.length === query.limit || lookedAt === MAX_LOOKED_AT;
    if (isFull) return { jsonBody: { value, continuation: entry.entry } };
  }
  return { jsonBody: { value } };
}

function matches({ route, state }: TransferDocument, query: Query): boolean {
  return (query.route === undefined || query.route === route) && (query.state === undefined || query.state === state);
}

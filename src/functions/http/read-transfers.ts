import type { HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import type { Services } from '../../activities/services.ts';
import { TRANSFER_STATES } from '../../domain/outcome.ts';
import type { TransferDocument } from '../../domain/transfer-document.ts';
import { withTransfer } from './find-transfer.ts';
import type { Call } from './handler.ts';
import { codeParameter, pageParameters, parseQuery } from './parse-query.ts';
import { transferResponse } from './transfer-response.ts';

const querySchema = z.strictObject({
  ...codeParameter,
  route: z.string().optional(),
  state: z.enum(TRANSFER_STATES, `allowed: ${TRANSFER_STATES.join(', ')}`).optional(),
  from: z.iso.datetime({ offset: true, error: 'allowed: a time in ISO 8601 with zone' }).optional(),
  to: z.iso.datetime({ offset: true, error: 'allowed: a time in ISO 8601 with zone' }).optional(),
  ...pageParameters,
});
type Query = z.infer<typeof querySchema>;

/** `GET /transfers/{id}` */
export function getTransfer(services: Services, call: Call): Promise<HttpResponseInit> {
  return withTransfer(services, call, ({ id }) => transferResponse(services, id, 200));
}

/** `GET /transfers`: newest first, without artifacts; `continuation` is there when there may be more. */
export async function listTransfers(services: Services, call: Call): Promise<HttpResponseInit> {
  const parsed = parseQuery(call, querySchema);
  if ('refused' in parsed) return parsed.refused;
  const { query } = parsed;
  const value: TransferDocument[] = [];
  await services.transfers.ensureContainer();
  for await (const entry of services.transfers.listIndex(query.continuation)) {
    const document = await services.transfers.readIndexed(entry);
    if (!document || !matches(document, query)) continue;
    value.push(document);
    if (value.length === query.limit) return { jsonBody: { value, continuation: entry.entry } };
  }
  return { jsonBody: { value } };
}

function matches({ route, state, requestedAt }: TransferDocument, query: Query): boolean {
  const time = Date.parse(requestedAt);
  return (
    (query.route === undefined || query.route === route) &&
    (query.state === undefined || query.state === state) &&
    (query.from === undefined || time >= Date.parse(query.from)) &&
    (query.to === undefined || time <= Date.parse(query.to))
  );
}

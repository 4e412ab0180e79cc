import type { HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import type { Services } from '../../activities/services.ts';
import { TRANSFER_STATES } from '../../domain/outcome.ts';
import { faultsOf } from '../../domain/problem.ts';
import type { TransferDocument } from '../../domain/transfer-document.ts';
import { withTransfer } from './find-transfer.ts';
import type { Call } from './handler.ts';
import { problem } from './problem.ts';
import { transferResponse } from './transfer-response.ts';

const MAX_PAGE = 200;

const querySchema = z.strictObject({
  code: z.string().optional(),
  route: z.string().optional(),
  state: z.enum(TRANSFER_STATES, `allowed: ${TRANSFER_STATES.join(', ')}`).optional(),
  from: z.iso.datetime({ offset: true, error: 'allowed: a time in ISO 8601 with zone' }).optional(),
  to: z.iso.datetime({ offset: true, error: 'allowed: a time in ISO 8601 with zone' }).optional(),
  limit: z.coerce
    .number(`allowed: 1 to ${MAX_PAGE}`)
    .int()
    .min(1)
    .max(MAX_PAGE, `allowed: 1 to ${MAX_PAGE}`)
    .default(20),
  continuation: z.string().optional(),
});
type Query = z.infer<typeof querySchema>;

/** `GET /transfers/{id}` */
export function getTransfer(services: Services, call: Call): Promise<HttpResponseInit> {
  return withTransfer(services, call, ({ id }) => transferResponse(services, id, 200));
}

/** `GET /transfers`: newest first, without artifacts; `continuation` is there when there may be more. */
export async function listTransfers(services: Services, { request, correlationId }: Call): Promise<HttpResponseInit> {
  const given = Object.fromEntries(request.query);
  const parsed = querySchema.safeParse(given);
  if (!parsed.success) {
    const faults = faultsOf(parsed.error, given);
    return problem(request, correlationId, {
      status: 400,
      code: 'QUERY_INVALID',
      detail: 'The query has faults.',
      faults,
    });
  }
  const value: TransferDocument[] = [];
  await services.transfers.ensureContainer();
  for await (const entry of services.transfers.listIndex(parsed.data.continuation)) {
    const document = await services.transfers.readIndexed(entry);
    if (!document || !matches(document, parsed.data)) continue;
    value.push(document);
    if (value.length === parsed.data.limit) return { jsonBody: { value, continuation: entry.entry } };
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

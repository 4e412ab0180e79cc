import type { HttpResponseInit } from '@azure/functions';
import type { Services } from '../../activities/services.ts';
import { TRANSFER_ID } from '../../domain/names.ts';
import type { RequestRecord } from '../../domain/transfer/request.ts';
import type { Call } from './handler.ts';
import { problem } from './problem.ts';

/** Runs a handler on the transfer that the URL names; 404 when there is none, whatever the id looks like. */
export async function withTransfer(
  services: Services,
  { request, correlationId }: Call,
  run: (record: RequestRecord) => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  const id = request.params.id ?? '';
  const record = TRANSFER_ID.test(id) ? await services.transfers.readRequest(id) : undefined;
  if (record) return run(record);
  const detail = `There is no transfer '${id}'.`;
  return problem(request, correlationId, { status: 404, code: 'TRANSFER_NOT_FOUND', detail });
}

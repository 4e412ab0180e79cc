import { randomBytes } from 'node:crypto';
import type { Services } from '../../activities/services.ts';
import { hasOption, readSidePipeline } from '../../activities/side-pipeline.ts';
import { makeTransferId } from '../../domain/names.ts';
import { isServed, type Route } from '../../domain/route/route.ts';
import type { RequestRecord, TransferRequest } from '../../domain/transfer/request.ts';
import { ensureTransferStarted } from '../start-instance.ts';
import type { Call } from './handler.ts';
import type { ProblemDetails } from './problem.ts';

/**
 * Why a route takes no such transfer: what the request wants to overwrite, its pipeline may not. Reading the pipelines
 * also tells at once when one does not exist: a route that cannot work accepts nothing. A pipeline that another app serves is
 * not seen: it leaves what it may not overwrite.
 */
export async function judgeOverwrite(
  services: Services,
  route: Route,
  { options }: Pick<TransferRequest, 'options'>,
): Promise<ProblemDetails | undefined> {
  const [, target] = await Promise.all([
    readSidePipeline(services, route, 'source'),
    isServed(route, 'target') ? readSidePipeline(services, route, 'target') : undefined,
  ]);
  if (!options.overwrite || !target || hasOption(target.options, 'OverwriteTags')) return undefined;
  const detail = `options.overwrite is on, but pipeline ${target.id} has no OverwriteTags; nothing was started.`;
  return { status: 409, code: 'OVERWRITE_FORBIDDEN', detail };
}

/** The record of a request as it came in by this call; the id is made where the request has none. */
export function makeRecord(
  { id, route, artifacts, options }: TransferRequest,
  { correlationId, caller }: Call,
  retryOf: string | null = null,
): RequestRecord {
  const now = new Date();
  return {
    id: id ?? makeTransferId(now, randomBytes(4)),
    route,
    artifacts,
    options,
    requestedBy: caller,
    requestedAt: now.toISOString(),
    correlationId,
    retryOf,
  };
}

/**
 * Writes the record, then starts the instance, in this order. The record is written once: only who wrote it starts.
 * @returns whether it was this call that wrote it
 */
export async function acceptTransfer(services: Services, { client }: Call, record: RequestRecord): Promise<boolean> {
  await services.transfers.ensureContainer();
  if (!(await services.transfers.createRequest(record))) return false;
  await ensureTransferStarted(client, record.id);
  return true;
}

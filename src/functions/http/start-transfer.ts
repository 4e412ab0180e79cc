import type { HttpResponseInit } from '@azure/functions';
import type { Services } from '../../activities/services.ts';
import type { Settings } from '../../config/settings.ts';
import { queries } from '../../domain/api/queries.ts';
import { faultsOf } from '../../domain/problem.ts';
import {
  isSameRequest,
  type RequestRecord,
  type TransferRequest,
  transferRequestSchema,
} from '../../domain/transfer/request.ts';
import { ensureTransferStarted } from '../start-instance.ts';
import { acceptTransfer, judgeOverwrite, makeRecord } from './accept-transfer.ts';
import { expandArtifacts, nameLine } from './artifact-list.ts';
import { dryRunTransfer } from './dry-run.ts';
import type { Call } from './handler.ts';
import { parseQuery } from './parse-query.ts';
import { type ProblemDetails, problem } from './problem.ts';
import { transferResponse } from './transfer-response.ts';
import { unknownRoute } from './unknown-route.ts';

/**
 * `POST /transfers`: judges the request, reads the pipelines, writes the record, starts the instance, in this order.
 * The record is written once; only who wrote it, or asks for the same again, starts the instance.
 */
export async function startTransfer(settings: Settings, services: Services, call: Call): Promise<HttpResponseInit> {
  const refuse = (details: ProblemDetails) => problem(call.request, call.correlationId, details);
  const asked = parseQuery(call, queries.startTransfer);
  if ('refused' in asked) return asked.refused;
  const parsed = await parseBody(services, call);
  if ('refused' in parsed) return refuse(parsed.refused);
  const { request } = parsed;
  const route = settings.routes.get(request.route);
  if (!route) return refuse(unknownRoute(settings, request.route));
  if (asked.query.dryRun === 'true') return dryRunTransfer(services, call, route, request);
  if (request.id !== undefined) {
    const record = await services.transfers.readRequest(request.id);
    if (record) return answerExisting(services, call, record, request);
  }
  const forbidden = await judgeOverwrite(services, route, request);
  if (forbidden) return refuse(forbidden);
  const record = makeRecord(request, call);
  if (await acceptTransfer(services, call, record)) return transferResponse(services, record.id, 202);
  const existing = (await services.transfers.readRequest(record.id)) ?? record;
  return answerExisting(services, call, existing, request);
}

async function parseBody(
  services: Services,
  { request }: Call,
): Promise<{ request: TransferRequest } | { refused: ProblemDetails }> {
  const bad = (detail: string, faults: ProblemDetails['faults'] = []) => ({
    refused: { status: 400, code: 'REQUEST_INVALID', detail, faults },
  });
  let body: unknown;
  try {
    body = JSON.parse(await request.text());
  } catch (error) {
    return bad(`The body is not JSON: ${(error as Error).message}`);
  }
  const expanded = await expandArtifacts(services, body);
  if ('refused' in expanded) return expanded;
  if ('fault' in expanded) return bad('The request has 1 fault; nothing was started.', [expanded.fault]);
  const parsed = transferRequestSchema.safeParse(expanded.body);
  if (parsed.success) return { request: parsed.data };
  const faults = faultsOf(parsed.error, expanded.body)
    .map(nameAllowedOptions)
    .map((fault) => nameLine(fault, expanded.lines));
  return bad(`The request has ${faults.length} fault${faults.length === 1 ? '' : 's'}; nothing was started.`, faults);
}

/** An option that is not known is answered with those that are. */
function nameAllowedOptions(fault: { path: string; found: string; allowed: string }) {
  return /^options\./.test(fault.path) && fault.allowed === 'no such key'
    ? { ...fault, allowed: 'continueOnErrors, overwrite, force' }
    : fault;
}

async function answerExisting(services: Services, call: Call, record: RequestRecord, request: TransferRequest) {
  const { deletion } = await services.transfers.readControl(record.id);
  if (deletion) {
    const detail = `Transfer ${record.id} is being deleted since ${deletion.at}; nothing was started.`;
    return problem(call.request, call.correlationId, { status: 409, code: 'TRANSFER_DELETING', detail });
  }
  if (!isSameRequest(record, request)) {
    const detail = `Transfer ${record.id} exists with another request (of ${record.requestedAt}); nothing was started.`;
    return problem(call.request, call.correlationId, { status: 409, code: 'TRANSFER_EXISTS', detail });
  }
  if (!(await services.transfers.readReport(record.id))) await ensureTransferStarted(call.client, record.id);
  return transferResponse(services, record.id, 200);
}

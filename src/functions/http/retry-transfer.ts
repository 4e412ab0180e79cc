import type { HttpResponseInit } from '@azure/functions';
import type { Services } from '../../activities/services.ts';
import type { Settings } from '../../config/settings.ts';
import { isWorthRetrying } from '../../domain/outcome.ts';
import { pinsOf } from '../../domain/selection/pinned.ts';
import type { TransferDocument } from '../../domain/transfer/transfer-document.ts';
import { acceptTransfer, judgeOverwrite, makeRecord } from './accept-transfer.ts';
import { withTransfer } from './find-transfer.ts';
import type { Call } from './handler.ts';
import { type ProblemDetails, problem } from './problem.ts';
import { transferResponse } from './transfer-response.ts';
import { unknownRoute } from './unknown-route.ts';

/**
 * `POST /transfers/{id}/retry`: a new transfer, with the same options, of exactly what did not get to the target. What was
 * pinned to a digest stays so. One that ended before its selectors were resolved begins anew with its own list.
 */
export function retryTransfer(settings: Settings, services: Services, call: Call): Promise<HttpResponseInit> {
  const refuse = (details: ProblemDetails) => problem(call.request, call.correlationId, details);
  return withTransfer(services, call, async ({ id, route: routeName, artifacts: entries, options }) => {
    const report = await services.transfers.readReport(id);
    if (!report) return refuse({ status: 409, code: 'TRANSFER_RUNNING', detail: `Transfer ${id} has not ended.` });
    const artifacts = artifactsToRetry(report, entries);
    if (artifacts.length === 0) {
      const detail = `Transfer ${id} ended as ${report.state}: nothing of it failed, was skipped or was canceled.`;
      return refuse({ status: 409, code: 'NOTHING_TO_RETRY', detail });
    }
    const route = settings.routes.get(routeName);
    if (!route) return refuse(unknownRoute(settings, routeName));
    const request = { route: routeName, artifacts, options };
    const forbidden = await judgeOverwrite(services, route, request);
    if (forbidden) return refuse(forbidden);
    const record = makeRecord(request, call, id);
    await acceptTransfer(services, call, record);
    return transferResponse(services, record.id, 202);
  });
}

function artifactsToRetry({ artifacts = [] }: TransferDocument, entries: string[]): string[] {
  if (artifacts.length === 0) return entries;
  const pins = pinsOf(entries);
  return artifacts
    .filter(({ outcome }) => isWorthRetrying(outcome))
    .map(({ artifact }) => pins.get(artifact) ?? artifact);
}

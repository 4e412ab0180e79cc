import type { HttpResponseInit } from '@azure/functions';
import type { Services } from '../../activities/services.ts';
import type { Settings } from '../../config/settings.ts';
import { queries } from '../../domain/api/queries.ts';
import type { Deletion } from '../../domain/transfer/transfer-document.ts';
import { startDeletion } from '../start-instance.ts';
import { withTransfer } from './find-transfer.ts';
import type { Call } from './handler.ts';
import { parseQuery } from './parse-query.ts';
import { problem } from './problem.ts';
import { unknownRoute } from './unknown-route.ts';

/**
 * `DELETE /transfers/{id}`: starts to delete all that a transfer left; 409 before its end. Asking again is fine. While
 * the other side has yet to say what became of what was handed over, its archives may be needed: 409 unless `?force=true`.
 */
export async function deleteTransfer(settings: Settings, services: Services, call: Call): Promise<HttpResponseInit> {
  const { request, client, correlationId } = call;
  const asked = parseQuery(call, queries.deleteTransfer);
  if ('refused' in asked) return asked.refused;
  return withTransfer(services, call, async ({ id, route }) => {
    const [report, control] = await Promise.all([
      services.transfers.readReport(id),
      services.transfers.readControl(id),
    ]);
    if (!report && !control.deletion) {
      const detail = `Transfer ${id} has not ended; cancel it first.`;
      return problem(request, correlationId, { status: 409, code: 'TRANSFER_RUNNING', detail });
    }
    if (report && report.counts.HandedOver > 0 && !control.deletion && asked.query.force === 'false') {
      const detail = `The other side has yet to confirm ${report.counts.HandedOver} artifacts of ${id}; with the query parameter force set to true it is deleted all the same.`;
      return problem(request, correlationId, { status: 409, code: 'HANDED_OVER', detail });
    }
    if (!settings.routes.has(route)) return problem(request, correlationId, unknownRoute(settings, route));
    if (!control.deletion) {
      const at = new Date().toISOString();
      await services.transfers.changeControl(id, (found) => ({ ...found, deletion: found.deletion ?? { at } }));
      // A deletion that breaks off, or that waits for another one of this transfer, is taken up by the reconciling timer.
      await services.transfers.markOpen(id);
    }
    await startDeletion(client, { transfer: id, archives: true, runs: true, record: true });
    const jsonBody: Deletion = { id, state: 'Deleting' };
    return { status: 202, jsonBody };
  });
}

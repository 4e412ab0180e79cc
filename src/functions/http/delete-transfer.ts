import type { HttpResponseInit } from '@azure/functions';
import type { Services } from '../../activities/services.ts';
import type { Settings } from '../../config/settings.ts';
import type { Deletion } from '../../domain/transfer-document.ts';
import { startDeletion } from '../start-instance.ts';
import { withTransfer } from './find-transfer.ts';
import type { Call } from './handler.ts';
import { problem } from './problem.ts';
import { unknownRoute } from './unknown-route.ts';

/** `DELETE /transfers/{id}`: starts to delete all that a transfer left; 409 before its end. Asking again is fine. */
export function deleteTransfer(settings: Settings, services: Services, call: Call): Promise<HttpResponseInit> {
  const { request, client, correlationId } = call;
  return withTransfer(services, call, async ({ id, route }) => {
    const [report, control] = await Promise.all([
      services.transfers.readReport(id),
      services.transfers.readControl(id),
    ]);
    if (!report && !control.deletion) {
      const detail = `Transfer ${id} has not ended; cancel it first.`;
      return problem(request, correlationId, { status: 409, code: 'TRANSFER_RUNNING', detail });
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

import type { HttpResponseInit } from '@azure/functions';
import type { Services } from '../../activities/services.ts';
import { isFinalState } from '../../domain/outcome.ts';
import type { Control, ControlAction } from '../../domain/transfer/control.ts';
import { withTransfer } from './find-transfer.ts';
import type { Call } from './handler.ts';
import { problem } from './problem.ts';
import { transferResponse } from './transfer-response.ts';

interface Refusal {
  code: string;
  detail: string;
}

/** `POST /transfers/{id}/cancel`, `/pause`, `/resume`: writes what is asked; the next step of the transfer reads it. */
export function controlTransfer(action: ControlAction) {
  return (services: Services, call: Call): Promise<HttpResponseInit> =>
    withTransfer(services, call, async ({ id }) => {
      const report = await services.transfers.readReport(id);
      if (report && isFinalState(report.state)) {
        return conflict(call, { code: 'TRANSFER_ENDED', detail: `Transfer ${id} has ended as ${report.state}.` });
      }
      const refusal = await ask(services, id, action);
      return refusal ? conflict(call, refusal) : transferResponse(services, id, 202);
    });
}

/** Judged within the change, so that of two callers at once each is told what the other has done. */
async function ask(services: Services, id: string, action: ControlAction): Promise<Refusal | undefined> {
  const at = new Date().toISOString();
  let refusal: Refusal | undefined;
  await services.transfers.changeControl(id, (control) => {
    refusal = refusalOf(id, action, control);
    return refusal ? control : changed(control, action, at);
  });
  return refusal;
}

function refusalOf(id: string, action: ControlAction, { cancel, pause }: Control): Refusal | undefined {
  if (action === 'cancel') return undefined;
  if (cancel) return { code: 'TRANSFER_CANCELING', detail: `Transfer ${id} was canceled at ${cancel.at}.` };
  if (action === 'pause' || pause) return undefined;
  return { code: 'TRANSFER_NOT_PAUSED', detail: `Transfer ${id} is not paused.` };
}

function changed(control: Control, action: ControlAction, at: string): Control {
  if (action === 'cancel') return { ...control, cancel: control.cancel ?? { at } };
  return { ...control, pause: action === 'pause' ? (control.pause ?? { at }) : null };
}

function conflict({ request, correlationId }: Call, { code, detail }: Refusal): HttpResponseInit {
  return problem(request, correlationId, { status: 409, code, detail });
}

import { formatOwnTransferId, timeOfTransferId } from '../domain/names.ts';
import type { Activity } from './activity.ts';
import { recordOwnTransfer } from './record-own-transfer.ts';

/**
 * Makes the pushes of a window the request of a transfer. Twice: the transfer that has them already. Pushes that came
 * when the window's transfer had been recorded become another one, whose id derives from the window's too.
 */
export const collectPushes: Activity<'collectPushes'> = async (services, { route, window }) => {
  const entries = await services.pushes.list(route, window);
  if (entries.length === 0) return { transfer: null };
  for (let count = 0; ; count++) {
    const id = count === 0 ? window : formatOwnTransferId(timeOfTransferId(window), `push/${route}/${window}/${count}`);
    const request = await services.transfers.readRequest(id);
    if (request && !entries.some((entry) => request.artifacts.includes(entry))) continue;
    if (!request) {
      const options = services.route(route).onPush?.options ?? {};
      const own = { id, route, artifacts: entries, options, requestedBy: 'push', correlationId: `push-${window}` };
      await recordOwnTransfer(services, own);
    }
    return { transfer: id };
  }
};

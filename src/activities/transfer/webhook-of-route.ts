import { TransferError } from '../../domain/errors.ts';
import { WEBHOOK_EVENTS } from '../../domain/route/webhook-settings.ts';
import type { Services } from '../services.ts';

/** Whether a route's webhook is to be told of an end in that state; of a route that is not usable any more nobody is. */
export function wantsNotice(services: Services, route: string, state: string): boolean {
  const event = WEBHOOK_EVENTS.find((known) => known === state);
  if (event === undefined) return false;
  try {
    return services.route(route).webhook?.events.includes(event) ?? false;
  } catch (error) {
    if (error instanceof TransferError && error.code === 'ROUTE_NOT_USABLE') return false;
    throw error;
  }
}

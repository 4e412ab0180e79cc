import { TransferError } from '../domain/errors.ts';
import { WEBHOOK_EVENTS, type WebhookSettings } from '../domain/webhook-settings.ts';
import type { Services } from './services.ts';

/** The webhook of a route; none where the route is not usable any more. */
export function webhookOf(services: Services, route: string): WebhookSettings | undefined {
  try {
    return services.route(route).webhook;
  } catch (error) {
    if (error instanceof TransferError && error.code === 'ROUTE_NOT_USABLE') return undefined;
    throw error;
  }
}

/** Whether a route's webhook is to be told of an end in that state. */
export function wantsNotice(services: Services, route: string, state: string): boolean {
  const event = WEBHOOK_EVENTS.find((known) => known === state);
  return event !== undefined && (webhookOf(services, route)?.events.includes(event) ?? false);
}

import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { Services } from '../activities/services.ts';
import type { Settings } from '../config/settings.ts';
import { reconcileFailedLine } from '../domain/alert-lines.ts';
import { toFailure } from '../domain/errors.ts';
import { instanceIds } from '../domain/names.ts';
import {
  entryOfPush,
  isSurelyCollected,
  PUSH_FUNCTION,
  type PushEvent,
  pushEventSchema,
} from '../domain/route/push.ts';
import type { Route } from '../domain/route/route.ts';
import { ensureRunning, ensureStarted } from './start-instance.ts';

/** Registers the function that hears of pushes, where some route wants them. */
export function registerPushes(settings: Settings, services: Services): void {
  const routes = [...settings.routes.values()].filter(({ onPush }) => onPush);
  if (routes.length === 0) return;
  df.app.client.eventGrid(PUSH_FUNCTION, {
    handler: (event, client, context) => hearPush(routes, services, event, client, context),
  });
}

/**
 * Puts a push into the open window of each route that wants it. What throws is answered with 500, and Event Grid sends
 * the event again; an event that tells of no push is dropped, since it would never be another.
 */
async function hearPush(
  routes: readonly Route[],
  services: Services,
  event: unknown,
  client: df.DurableClient,
  context: InvocationContext,
): Promise<void> {
  const parsed = pushEventSchema.safeParse(event);
  if (!parsed.success) {
    context.warn(JSON.stringify({ event: 'pushNotUnderstood', reason: parsed.error.message }));
    return;
  }
  await services.transfers.ensureContainer();
  for (const route of routes) {
    const entry = entryOfPush(route, parsed.data);
    if (entry !== undefined) await gatherPush(services, client, route, { entry, event: parsed.data });
  }
}

/**
 * Puts an entry into the open window and has the window collected. One that was so slow that the window may have been
 * collected meanwhile is put into the next, too: in two transfers, the second one finds it there already.
 */
async function gatherPush(
  services: Services,
  client: df.DurableClient,
  { name: route, onPush }: Route,
  { entry, event }: { entry: string; event: PushEvent },
): Promise<void> {
  const gatherMs = (onPush?.gatherSeconds ?? 0) * 1000;
  for (;;) {
    const { id: window, closesAt } = await services.pushes.openWindow(route, gatherMs);
    await services.pushes.add(route, window, entry, event.data.target.digest ?? null);
    const input = { route, window, closesAt };
    await ensureStarted(client, 'gather', instanceIds.gather(route, window), input);
    if (isSurelyCollected({ closesAt }, new Date())) return;
  }
}

/** Has windows collected whose instance is gone, or has failed; the ones that are being gathered are left alone. */
export async function reconcilePushes(
  settings: Settings,
  { pushes }: Services,
  client: df.DurableClient,
  context: InvocationContext,
): Promise<void> {
  for (const { name: route, onPush } of settings.routes.values()) {
    if (!onPush) continue;
    try {
      for (const window of await pushes.listWindows(route)) {
        const current = await pushes.readWindow(route);
        const closesAt = current?.id === window ? current.closesAt : new Date().toISOString();
        await ensureRunning(client, 'gather', instanceIds.gather(route, window), { route, window, closesAt });
      }
    } catch (error) {
      context.error(reconcileFailedLine({ route }, toFailure(error)));
    }
  }
}

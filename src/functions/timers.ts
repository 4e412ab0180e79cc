import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { Services } from '../activities/services.ts';
import type { TimerCursors } from '../azure/records/timer-cursors.ts';
import type { Settings } from '../config/settings.ts';
import { reconcileFailedLine, rotationNotStartedLine } from '../domain/alert-lines.ts';
import { toFailure } from '../domain/errors.ts';
import { servedSides } from '../domain/route/route.ts';
import { expireImports } from './imports/expire-imports.ts';
import { reconcileImports } from './imports/reconcile-imports.ts';
import { purgeHistory } from './purge-history.ts';
import { reconcilePushes } from './pushes.ts';
import { reconcileTransfers } from './reconcile-transfers.ts';
import { deleteExpired } from './retention.ts';
import { startRotation } from './rotations.ts';
import { runParts } from './run-parts.ts';

/** What the timers work with. */
export interface TimerParts {
  settings: Settings;
  services: Services;
  cursors: TimerCursors;
}

/** Registers the timers: rotation of SAS tokens, reconciling of what was missed, deletion of what is kept no longer. */
export function registerTimers(parts: TimerParts): void {
  const { settings, services } = parts;
  df.app.client.timer('rotateSasTimer', {
    schedule: settings.schedules.rotateSas,
    handler: (_timer, client, context) => rotateAll(settings, services, client, context),
  });
  df.app.client.timer('reconcileTimer', {
    schedule: settings.schedules.reconcile,
    handler: (_timer, client, context) => reconcileAll(parts, client, context),
  });
  df.app.client.timer('retentionTimer', {
    schedule: settings.schedules.retention,
    handler: (_timer, client, context) => deleteOld(parts, client, context),
  });
}

/** Side by side: neither a failure of one nor how much there is of it keeps the others from their turn. */
export function reconcileAll(
  { settings, services, cursors }: TimerParts,
  client: df.DurableClient,
  context: InvocationContext,
): Promise<void> {
  const parts = [
    { name: 'pushes', run: () => reconcilePushes(settings, services, client, context) },
    { name: 'imports', run: () => reconcileImports(settings.routes.values(), services, client, context) },
    { name: 'transfers', run: () => reconcileTransfers({ services, cursors, client, context }) },
  ];
  return runParts(parts, 'parallel', (part, error) => {
    context.error(reconcileFailedLine({ part }, toFailure(error)));
  });
}

/** One after the other, each within its time; the purge, of which one step can be long, comes last. */
export function deleteOld(
  { settings, services, cursors }: TimerParts,
  client: df.DurableClient,
  context: InvocationContext,
): Promise<void> {
  const parts = [
    { name: 'transfers', run: () => deleteExpired(settings, services, client, context) },
    { name: 'imports', run: () => expireImports(settings, services, client, context) },
    { name: 'history', run: () => purgeHistory(settings, cursors, client, context) },
  ];
  return runParts(parts, 'sequence', (part, error) => {
    context.error(JSON.stringify({ event: 'retentionFailed', part, ...toFailure(error) }));
  });
}

/** Starts a rotation for each served side of each route. A fault on one does not hold the others back. */
async function rotateAll(
  settings: Settings,
  services: Services,
  client: df.DurableClient,
  context: InvocationContext,
): Promise<void> {
  const sides = [...settings.routes.values()].flatMap((route) => servedSides(route).map((side) => ({ route, side })));
  for (const { route, side } of sides) {
    await startRotation(services, client, { route, side, force: false }).catch((error: unknown) => {
      context.error(rotationNotStartedLine({ route: route.name, side }, toFailure(error)));
    });
  }
}

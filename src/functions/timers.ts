import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { Services } from '../activities/services.ts';
import type { Settings } from '../config/settings.ts';
import { reconcileFailedLine, rotationNotStartedLine } from '../domain/alert-lines.ts';
import { toFailure } from '../domain/errors.ts';
import { servedSides } from '../domain/route.ts';
import { noteOpenTransfers } from '../telemetry/measures.ts';
import { endHandOver } from './end-hand-over.ts';
import { expireImports } from './imports/expire-imports.ts';
import { reconcileImports } from './imports/reconcile-imports.ts';
import { reconcilePushes } from './pushes.ts';
import { deleteExpired } from './retention.ts';
import { startRotation } from './rotations.ts';
import { ensureTransferStarted, startDeletion } from './start-instance.ts';

/** Registers the timers: rotation of SAS tokens, reconciling of what was missed, deletion of what is kept no longer. */
export function registerTimers(settings: Settings, services: Services): void {
  df.app.client.timer('rotateSasTimer', {
    schedule: settings.schedules.rotateSas,
    handler: (_timer, client, context) => rotateAll(settings, services, client, context),
  });
  df.app.client.timer('reconcileTimer', {
    schedule: settings.schedules.reconcile,
    handler: async (_timer, client, context) => {
      await reconcile(services, client, context);
      await reconcilePushes(settings, services, client, context);
      await reconcileImports(settings.routes.values(), services, client, context);
    },
  });
  df.app.client.timer('retentionTimer', {
    schedule: settings.schedules.retention,
    handler: async (_timer, client, context) => {
      await deleteExpired(settings, services, client, context);
      await expireImports(settings, services, client, context);
    },
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

/**
 * Starts every recorded transfer without a report whose instance is not running, goes on with deletions that broke off,
 * takes in what the other side says of those that were
 * handed over, and clears the markers of those that have ended.
 */
async function reconcile(services: Services, client: df.DurableClient, context: InvocationContext): Promise<void> {
  await services.transfers.ensureContainer();
  let open = 0;
  for await (const id of services.transfers.listOpen()) {
    try {
      if (await reconcileTransfer(services, client, context, id)) open += 1;
    } catch (error) {
      context.error(reconcileFailedLine({ transfer: id }, toFailure(error)));
    }
  }
  noteOpenTransfers(open);
}

/** @returns whether it is a transfer that goes on */
async function reconcileTransfer(
  services: Services,
  client: df.DurableClient,
  context: InvocationContext,
  id: string,
): Promise<boolean> {
  const { deletion } = await services.transfers.readControl(id);
  if (deletion) {
    if (await services.transfers.readRequest(id)) {
      await startDeletion(client, { transfer: id, archives: true, runs: true, record: true });
    } else await services.transfers.forget(id);
    return false;
  }
  const report = await services.transfers.readReport(id);
  if (report) {
    await endHandOver(services, client, context, report);
    return false;
  }
  // A marker without a request is of a caller that is about to write it, or of one that died before: nothing to start.
  if (!(await services.transfers.readRequest(id))) return false;
  if (await ensureTransferStarted(client, id)) context.log(JSON.stringify({ event: 'transferStarted', transfer: id }));
  return true;
}

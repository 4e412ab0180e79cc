import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { Services } from '../activities/services.ts';
import { readSidePipeline } from '../activities/side-pipeline.ts';
import type { Settings } from '../config/settings.ts';
import { type Side, toFailure } from '../domain/errors.ts';
import { instanceIds } from '../domain/names.ts';
import type { Route } from '../domain/route.ts';
import { ensureTransferStarted } from './start-instance.ts';

/** Registers the timers: rotation of SAS tokens, and reconciling of what was missed. */
export function registerTimers(settings: Settings, services: Services): void {
  df.app.client.timer('rotateSasTimer', {
    schedule: settings.schedules.rotateSas,
    handler: (_timer, client, context) => rotateAll(settings, services, client, context),
  });
  df.app.client.timer('reconcileTimer', {
    schedule: settings.schedules.reconcile,
    handler: (_timer, client, context) => reconcile(services, client, context),
  });
}

/** Starts a rotation for each side of each route. A fault on one does not hold the others back. */
async function rotateAll(
  settings: Settings,
  services: Services,
  client: df.DurableClient,
  context: InvocationContext,
): Promise<void> {
  const sides = [...settings.routes.values()].flatMap((route) =>
    (['source', 'target'] as const).map((side) => ({ route, side })),
  );
  for (const { route, side } of sides) {
    await rotateSide(services, client, route, side).catch((error: unknown) => {
      const event = { event: 'rotationNotStarted', route: route.name, side, ...toFailure(error) };
      context.error(JSON.stringify(event));
    });
  }
}

async function rotateSide(services: Services, client: df.DurableClient, route: Route, side: Side): Promise<void> {
  const { secretUri } = await readSidePipeline(services, route, side);
  if (secretUri === undefined) return;
  const instanceId = instanceIds.rotate(secretUri);
  if (await isRunning(client, instanceId)) return;
  await client.startNew('rotateSas', { instanceId, input: { route: route.name, side } });
}

const RUNNING = new Set(['Pending', 'Running', 'Suspended', 'ContinuedAsNew']);

/** The client throws for an instance that does not exist: then none is running. */
async function isRunning(client: df.DurableClient, instanceId: string): Promise<boolean> {
  const status = await client.getStatus(instanceId).catch(() => undefined);
  return status !== undefined && RUNNING.has(status.runtimeStatus);
}

/** Starts every recorded transfer whose instance never appeared, and clears the markers of those that have ended. */
async function reconcile(services: Services, client: df.DurableClient, context: InvocationContext): Promise<void> {
  await services.transfers.ensureContainer();
  for await (const id of services.transfers.listOpen()) {
    try {
      await reconcileTransfer(services, client, context, id);
    } catch (error) {
      context.error(JSON.stringify({ event: 'reconcileFailed', transfer: id, ...toFailure(error) }));
    }
  }
}

async function reconcileTransfer(services: Services, client: df.DurableClient, context: InvocationContext, id: string) {
  if (await services.transfers.readReport(id)) return services.transfers.closeOpen(id);
  // A marker without a request is of a caller that is about to write it, or of one that died before: nothing to start.
  if (!(await services.transfers.readRequest(id))) return;
  if (await ensureTransferStarted(client, id)) context.log(JSON.stringify({ event: 'transferStarted', transfer: id }));
}

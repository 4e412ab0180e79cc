import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { Services } from '../activities/services.ts';
import { recordOwnTransfer } from '../activities/transfer/record-own-transfer.ts';
import type { Settings } from '../config/settings.ts';
import { scheduleFailedLine } from '../domain/alert-lines.ts';
import { toFailure } from '../domain/errors.ts';
import { formatOwnTransferId, formatScheduleTimerName } from '../domain/names.ts';
import type { Route } from '../domain/route/route.ts';
import type { RouteSchedule } from '../domain/route/route-starts.ts';
import { dueTimeOf } from '../domain/route/schedule.ts';
import { ensureTransferStarted } from './start-instance.ts';

/** A tick that failed (its storage was away) is tried again for about an hour; missed ticks are the host's to make up. */
const TICK_RETRY = {
  strategy: 'exponentialBackoff',
  maxRetryCount: 8,
  minimumInterval: { seconds: 5 },
  maximumInterval: { minutes: 15 },
} as const;

/** Registers one timer for each schedule of each route. */
export function registerSchedules(settings: Settings, services: Services): void {
  for (const route of settings.routes.values()) {
    for (const schedule of route.schedules) {
      df.app.client.timer(formatScheduleTimerName(route.name, schedule.name), {
        schedule: schedule.cron,
        retry: TICK_RETRY,
        handler: (_timer, client, context) => tick(services, client, context, { route, schedule }),
      });
    }
  }
}

/** A schedule of a route. */
export type Target = { route: Route; schedule: RouteSchedule };

/** One tick, with what went wrong in the log before the host tries it again. */
async function tick(services: Services, client: df.DurableClient, context: InvocationContext, target: Target) {
  const { route, schedule } = target;
  try {
    const event = await startScheduled(services, client, target, {
      now: new Date(),
      correlationId: context.invocationId,
    });
    context.log(JSON.stringify({ ...event, route: route.name, schedule: schedule.name }));
  } catch (error) {
    context.error(scheduleFailedLine({ route: route.name, schedule: schedule.name }, toFailure(error)));
    throw error;
  }
}

/**
 * Starts the transfer that a tick is for. Its id derives from route, schedule and due time, so that a tick that runs
 * twice starts one; what the schedule started last is written first, so that the next tick sees it.
 */
export async function startScheduled(
  services: Services,
  client: df.DurableClient,
  { route, schedule: { name, cron, artifacts, options, overlap } }: Target,
  { now, correlationId }: { now: Date; correlationId: string },
): Promise<{ event: string; transfer?: string; running?: string }> {
  const { transfers, schedules } = services;
  const due = dueTimeOf(cron, now);
  if (!due) return { event: 'scheduleNotDue' };
  await transfers.ensureContainer();
  const transfer = formatOwnTransferId(due, `schedule/${route.name}/${name}`);
  const last = await schedules.readLast(route.name, name);
  // A clock that is behind, or a tick that comes late: its time has passed, and another transfer is newer.
  if (last && last.dueAt > due.toISOString()) return { event: 'scheduleNotDue' };
  if (overlap === 'skip' && last && last.transfer !== transfer && (await isRunning(services, last.transfer))) {
    return { event: 'scheduleSkipped', transfer, running: last.transfer };
  }
  await schedules.writeLast(route.name, name, { transfer, dueAt: due.toISOString() });
  const requestedBy = `schedule:${name}`;
  const own = { id: transfer, route: route.name, artifacts, options, requestedBy, correlationId };
  const isNew = await recordOwnTransfer(services, own);
  if (!isNew && (await transfers.readReport(transfer))) return { event: 'scheduleStartedBefore', transfer };
  await ensureTransferStarted(client, transfer);
  return { event: isNew ? 'scheduleStarted' : 'scheduleStartedBefore', transfer };
}

/** Whether a transfer was accepted and has no report yet. */
async function isRunning({ transfers }: Services, id: string): Promise<boolean> {
  if (await transfers.readReport(id)) return false;
  return (await transfers.readRequest(id)) !== undefined;
}

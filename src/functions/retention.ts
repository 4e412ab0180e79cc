import type { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import type { Services } from '../activities/services.ts';
import { mendEntry } from '../azure/records/transfer-history.ts';
import type { TransferEntry } from '../azure/records/transfer-index.ts';
import type { Settings } from '../config/settings.ts';
import { toFailure } from '../domain/errors.ts';
import { type DeletedParts, decideRetention, mayBeDue } from '../domain/transfer/retention.ts';
import { isOver, type RetentionLimits, takeTurns } from './retention-turns.ts';
import { startDeletion } from './start-instance.ts';

const LIMITS: RetentionLimits = { starts: 500, timeMs: 4 * 60_000 };

interface Due extends Pick<TransferEntry, 'entry' | 'id'> {
  parts: DeletedParts;
}

/** One run of the timer. */
interface Night {
  settings: Settings;
  services: Services;
  client: DurableClient;
  context: InvocationContext;
  limits: RetentionLimits;
  now: Date;
}

/**
 * Starts to delete what transfers left and their routes' `retention` keeps no longer: only of transfers that have ended,
 * and only what has their names. A transfer of a route that is not configured any more is left as it is, and so is one of
 * which the other side has yet to say what became of it. What is due is told by the list of all transfers alone, a
 * request for each thousand of them.
 */
export async function deleteExpired(
  settings: Settings,
  services: Services,
  client: DurableClient,
  context: InvocationContext,
  limits: RetentionLimits = LIMITS,
): Promise<void> {
  const night = { settings, services, client, context, limits, now: new Date() };
  await services.transfers.ensureContainer();
  const due = await findDue(night);
  const { started, left } = await takeTurns(due, {
    limits,
    since: night.now,
    cursor: services.transfers.index.retentionCursor,
    begin: async (one) => (await guarded(night, one.id, () => start(night, one))) ?? false,
  });
  context.log(JSON.stringify({ event: 'retentionDone', started, left }));
}

async function findDue(night: Night): Promise<Due[]> {
  const due: Due[] = [];
  for await (const entry of night.services.transfers.index.list()) {
    const found = await guarded(night, entry.id, () => dueOf(night, entry));
    if (found) due.push(found);
  }
  return due;
}

/** What of a transfer is due. One of which the list does not say how it ended, though it is old, is looked into once. */
async function dueOf(night: Night, entry: TransferEntry): Promise<Due | undefined> {
  const { settings, services, now } = night;
  const routes = entry.marks ? [settings.routes.get(entry.marks.route)] : [...settings.routes.values()];
  const mayBe = routes.some((route) => route && mayBeDue(route.retention, entry.requestedAt, now));
  if (!mayBe) return undefined;
  const isKnown = entry.marks?.end != null;
  if (!isKnown && isOver(night.limits, now)) return undefined;
  const marks = isKnown ? entry.marks : await mendEntry(services.transfers, entry);
  const route = marks && settings.routes.get(marks.route);
  if (!route || !marks.end || marks.end.waits) return undefined;
  const parts = decideRetention(route.retention, marks.end.finishedAt, now, marks.removed);
  return parts ? { entry: entry.entry, id: entry.id, parts } : undefined;
}

async function start({ services: { transfers }, client, now }: Night, due: Due): Promise<boolean> {
  const { id, parts } = due;
  const request = await transfers.readRequest(id);
  if (!request || !transfers.index.isOf(due, request)) {
    // Of a transfer that is gone; another one may have its id by now.
    await transfers.index.discard(due);
    return false;
  }
  if (parts.record) {
    const at = now.toISOString();
    await transfers.changeControl(id, (control) => ({ ...control, deletion: control.deletion ?? { at } }));
    await transfers.markOpen(id);
  }
  return startDeletion(client, { transfer: id, ...parts });
}

/** A fault with one transfer does not hold the others back. */
async function guarded<T>({ context }: Night, transfer: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    context.error(JSON.stringify({ event: 'retentionFailed', transfer, ...toFailure(error) }));
    return undefined;
  }
}

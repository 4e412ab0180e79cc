import type { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import type { Services } from '../activities/services.ts';
import type { TimerCursors } from '../azure/records/timer-cursors.ts';
import { reconcileFailedLine } from '../domain/alert-lines.ts';
import { toFailure } from '../domain/errors.ts';
import { mapBounded } from '../oci/parallel.ts';
import { noteOpenTransfers } from '../telemetry/measures.ts';
import { endHandOver } from './end-hand-over.ts';
import { ensureTransferStarted, startDeletion } from './start-instance.ts';

/** Within the ten minutes of a function, so that it ends by itself and keeps where it stopped. */
const TIME_MS = 4 * 60_000;
const PARALLEL_TRANSFERS = 8;

/** What reconciling works with. */
export interface Reconciling {
  services: Services;
  cursors: TimerCursors;
  client: DurableClient;
  context: InvocationContext;
}

/**
 * Starts every recorded transfer without a report whose instance is not running, goes on with deletions that broke off,
 * takes in what the other side says of those that were handed over, and clears the markers of those that have ended.
 * After `timeMs` nothing more is begun; the next run goes on from there.
 */
export async function reconcileTransfers(work: Reconciling, timeMs = TIME_MS): Promise<void> {
  const { services, cursors } = work;
  const endsAtMs = Date.now() + timeMs;
  await services.transfers.ensureContainer();
  const cursor = await cursors.read('reconcile');
  const ordered = await listFrom(services, cursor);
  let begun = 0;
  const goOn = await mapBounded(ordered, PARALLEL_TRANSFERS, async (id) => {
    if (Date.now() >= endsAtMs) return false;
    begun += 1;
    return lookAt(work, id);
  });
  const isWhole = begun === ordered.length;
  const next = isWhole ? null : (ordered[begun - 1] ?? cursor);
  if (next !== cursor) await cursors.write('reconcile', next);
  // What was seen of a part is no number of all.
  if (isWhole) noteOpenTransfers(goOn.filter(Boolean).length);
}

/** The open transfers: those after `cursor` before those up to it. */
async function listFrom({ transfers }: Services, cursor: string | null): Promise<string[]> {
  const before: string[] = [];
  const after: string[] = [];
  for await (const id of transfers.listOpen()) (cursor !== null && id <= cursor ? before : after).push(id);
  return [...after, ...before];
}

/** A fault with one transfer does not hold the others back. @returns whether it is a transfer that goes on */
async function lookAt(work: Reconciling, id: string): Promise<boolean> {
  try {
    return await reconcileTransfer(work, id);
  } catch (error) {
    work.context.error(reconcileFailedLine({ transfer: id }, toFailure(error)));
    return false;
  }
}

async function reconcileTransfer({ services, client, context }: Reconciling, id: string): Promise<boolean> {
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

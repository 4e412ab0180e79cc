import type { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { importIdOf, placeOf, toArchive } from '../../activities/import/land-blob.ts';
import { seeImport } from '../../activities/import/see-import.ts';
import { readTriggerStatus } from '../../activities/import/trigger-status.ts';
import { listServiceRuns, runsOnBlob, type ServiceRun } from '../../activities/run/service-runs.ts';
import type { Services } from '../../activities/services.ts';
import { reconcileFailedLine } from '../../domain/alert-lines.ts';
import { toFailure } from '../../domain/errors.ts';
import { readClaim, TRIGGER_DAYS } from '../../domain/import/auto-import.ts';
import {
  isFinalImport,
  isUntold,
  type LandedArchive,
  mayStillCome,
  reopened,
} from '../../domain/import/import-document.ts';
import { parseArchiveName } from '../../domain/names.ts';
import { isServed, type Route } from '../../domain/route/route.ts';
import { elapsedMs } from '../../domain/time.ts';
import { DAY_MS } from '../../domain/transfer/retention.ts';
import { ensureNotified } from '../start-instance.ts';
import { accountForRun, type Ears, landBlob } from './land.ts';
import { acceptImport, ensureImportStarted, reopenImport } from './start-import.ts';

/** How long ago a run of the service on a blob that is gone may have begun to be accounted for, in days. */
const RUN_DAYS = 3;

/**
 * Puts right what events and instances missed: goes on with imports that have not ended, looks again where something may
 * have come, imports what lies in the target containers without an import, and accounts for runs whose blob is gone. What
 * is known costs no request of its own: a thousand blobs, records or runs are one.
 */
export async function reconcileImports(
  routes: Iterable<Route>,
  services: Services,
  client: DurableClient,
  context: InvocationContext,
): Promise<void> {
  await services.transfers.ensureContainer();
  for await (const id of services.imports.listOpen()) {
    await guarded(context, { import: id }, () => goOn(services, client, context, id));
  }
  const known = await services.imports.listIds();
  const taken = await services.imports.listTakenRuns();
  const ears = { services, client, context, ownsTransfer: listTransfers(services) };
  for (const route of oneForEachContainer(routes)) {
    await guarded(context, { route: route.name }, async () => {
      await readTriggerStatus(services, route, { isFresh: true });
      const present = await landAll(ears, route, known);
      await accountForRuns(ears, route, { present, taken });
    });
  }
  context.log(JSON.stringify({ event: 'importsReconciled' }));
}

async function guarded(context: InvocationContext, what: object, run: () => Promise<void>): Promise<void> {
  await run().catch((error: unknown) => {
    context.error(reconcileFailedLine(what, toFailure(error)));
  });
}

async function goOn(services: Services, client: DurableClient, context: InvocationContext, id: string): Promise<void> {
  const document = await services.imports.read(id);
  // A marker without a record is of one that is about to be written; if its writer died, the blob is found again below.
  if (!document) return;
  if (!isFinalImport(document)) {
    if (await ensureImportStarted(client, id)) context.log(JSON.stringify({ event: 'importStarted', importId: id }));
    return;
  }
  const { webhook } = document;
  // The instance that should have had it told may have been lost.
  if (webhook && isUntold(document)) await ensureNotified(client, { kind: 'import', id, end: webhook.end });
  if (!mayStillCome(document)) return services.imports.closeOpen(id);
  const now = new Date();
  const cause = { trigger: 'reconcile', requestedBy: 'reconcile', correlationId: context.invocationId } as const;
  const again = reopened(document, { ...cause, at: document.requestedAt, isAnew: true });
  const { step, found } = await seeImport(services, again, { now, isFresh: true });
  const isOver = elapsedMs(document.archive.landedAt ?? document.requestedAt, now) > TRIGGER_DAYS * DAY_MS;
  const isLeft = document.state === 'Ignored' && found?.etag === document.archive.etag;
  if (step.step === 'Ignore' && isLeft && !isOver) return;
  // A run that the look has found is this import's by now: nobody else would account for it.
  if (step.step === 'Ignore' || (isOver && step.step !== 'Follow')) return services.imports.closeOpen(id);
  if (step.step === 'Fail' || step.step === 'Wait') return;
  await reopenImport(services, client, { id, isAnew: true }, cause);
  context.log(JSON.stringify({ event: 'importReopened', importId: id, archive: document.archive.name }));
}

/** Starts an import for each blob that has none. @returns what is there */
async function landAll(ears: Ears, route: Route, known: ReadonlySet<string>): Promise<Present> {
  const present: Present = new Map();
  for await (const blob of ears.services.side(route, 'target').container.list()) {
    const archive = toArchive(route, blob);
    const claimedBy = readClaim(blob.metadata, archive);
    present.set(blob.name, { id: claimedBy ?? importIdOf(archive), archive });
    const isKnown = claimedBy !== undefined || known.has(importIdOf(archive));
    if (isKnown) continue;
    await guarded(ears.context, { route: route.name, archive: blob.name }, async () => {
      await landBlob(ears, route, blob, 'reconcile');
    });
  }
  return present;
}

/** Blobs by name, with the id of the import of what lies there. */
type Present = Map<string, { id: string; archive: LandedArchive }>;

/**
 * Accounts for runs of the service that no import has taken: by one that follows it, or, where the blob had been imported
 * before, by opening that import again, so that both runs are named.
 */
async function accountForRuns(
  ears: Ears,
  route: Route,
  { present, taken }: { present: Present; taken: ReadonlySet<string> },
): Promise<void> {
  const now = new Date();
  for (const run of await listServiceRuns(ears.services, route)) {
    const isOld = run.at === null || elapsedMs(run.at, now) > RUN_DAYS * DAY_MS;
    if (isOld || taken.has(run.name)) continue;
    const there = present.get(run.blob);
    if (there) await nameRun(ears, route, there, run);
    else await accountForRun(ears, route, run, 'reconcile');
  }
}

async function nameRun(
  { services, client, context, ownsTransfer }: Ears,
  route: Route,
  { id, archive }: { id: string; archive: LandedArchive },
  run: ServiceRun,
): Promise<void> {
  const transfer = parseArchiveName(archive.name)?.id;
  if (transfer !== undefined && (await ownsTransfer(transfer))) return;
  const document = await services.imports.read(id);
  const { name, landedAt } = document?.archive ?? archive;
  // On a state that has been overwritten since.
  if (runsOnBlob([run], { name, landedAt, replacedAt: null }).length === 0) {
    return accountForRun({ services, client, context, ownsTransfer }, route, run, 'reconcile');
  }
  const cause = { trigger: 'reconcile', requestedBy: 'reconcile', correlationId: context.invocationId } as const;
  if (!document) {
    await acceptImport(services, client, { id, route, archive }, cause);
    return;
  }
  if (!isFinalImport(document)) return;
  // The run is taken by the import once that goes on, never here: who dies in between would leave it taken and told of by nobody.
  await reopenImport(services, client, { id, isAnew: false }, cause);
  context.log(JSON.stringify({ event: 'importReopened', importId: id, archive: name, run: run.name }));
}

/** Ids of all transfers, listed when first asked for. */
function listTransfers({ transfers }: Services): (id: string) => Promise<boolean> {
  let listed: Promise<Set<string>> | undefined;
  const list = async () => {
    const ids = new Set<string>();
    for await (const { id } of transfers.index.list()) ids.add(id);
    return ids;
  };
  return async (id) => {
    listed ??= list();
    return (await listed).has(id);
  };
}

/** Of routes that share a container the first by name, which is the one that events are taken for. */
function oneForEachContainer(routes: Iterable<Route>): Route[] {
  const byPlace = new Map<string, Route>();
  for (const route of [...routes].sort((left, right) => (left.name < right.name ? -1 : 1))) {
    if (!isServed(route, 'target')) continue;
    const { account, container } = placeOf(route);
    const place = `${account}/${container}`;
    if (!byPlace.has(place)) byPlace.set(place, route);
  }
  return [...byPlace.values()];
}

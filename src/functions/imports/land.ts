import type { InvocationContext } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import {
  judgeLanded,
  type Landing,
  type NamedBlob,
  type OwnsTransfer,
  placeOf,
} from '../../activities/import/land-blob.ts';
import { listServiceRuns, type ServiceRun } from '../../activities/run/service-runs.ts';
import type { Services } from '../../activities/services.ts';
import type { LandedArchive } from '../../domain/import/import-document.ts';
import { formatImportId } from '../../domain/names.ts';
import type { Route } from '../../domain/route/route.ts';
import { acceptImport, type ImportCause } from './start-import.ts';

/** What hears of blobs works with. */
export interface Ears {
  services: Services;
  client: DurableClient;
  context: InvocationContext;
  ownsTransfer: OwnsTransfer;
}

/**
 * Judges a blob that lies in a route's target container and starts its import, once for each of its states, however
 * often and in whatever order it is told. What is ignored is logged with the reason and kept nowhere.
 */
export async function landBlob(
  ears: Ears,
  route: Route,
  blob: NamedBlob,
  trigger: 'event' | 'reconcile',
): Promise<Landing> {
  const { services, client, context, ownsTransfer } = ears;
  const landing = await judgeLanded(services, route, blob, { now: new Date(), ownsTransfer });
  const told = { route: route.name, archive: blob.name, importId: landing.id };
  if (landing.kind === 'Ignored' && trigger === 'event') {
    context.log(JSON.stringify({ event: 'importIgnored', ...told, reason: landing.reason }));
  }
  if (landing.kind === 'Import') {
    const started = await acceptImport(services, client, { ...landing, route }, causeOf(context, trigger));
    if (started) context.log(JSON.stringify({ event: 'importStarted', ...told }));
  }
  return landing;
}

/**
 * Accounts for the newest run of the service on a blob that was gone before the app saw it (a pipeline may delete what it
 * has imported), unless some import has taken that run. Without one there is nothing to tell.
 */
export async function landGone(ears: Ears, route: Route, name: string): Promise<void> {
  const runs = (await listServiceRuns(ears.services, route)).filter(({ isOnBlob }) => isOnBlob(name));
  const [newest] = runs;
  if (newest && (await ears.services.imports.ownerOfRun(newest.name)) === undefined) {
    await accountForRun(ears, route, newest, 'event');
    return;
  }
  ears.context.log(JSON.stringify({ event: 'importIgnored', route: route.name, archive: name, reason: 'It is gone.' }));
}

/** Starts the import that follows a run of the service on a blob that is gone. */
export async function accountForRun(
  { services, client, context }: Ears,
  route: Route,
  run: ServiceRun,
  trigger: 'event' | 'reconcile',
): Promise<void> {
  const place = placeOf(route);
  const unknown = { bytes: null, md5: null, etag: null };
  const archive: LandedArchive = { ...place, name: run.blob, ...unknown, landedAt: run.at };
  const id = formatImportId({ ...place, name: run.blob, etag: `run ${run.name}` });
  const started = await acceptImport(services, client, { id, route, archive }, causeOf(context, trigger));
  const told = { route: route.name, archive: run.blob, importId: id, run: run.name };
  if (started) context.log(JSON.stringify({ event: 'importStarted', ...told }));
}

function causeOf({ invocationId }: InvocationContext, trigger: 'event' | 'reconcile'): ImportCause {
  return { trigger, requestedBy: trigger, correlationId: invocationId };
}

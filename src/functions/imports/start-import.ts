import type { DurableClient } from 'durable-functions';
import type { Services } from '../../activities/services.ts';
import {
  type ImportTrigger,
  isFinalImport,
  type LandedArchive,
  newImport,
  reopened,
} from '../../domain/import/import-document.ts';
import { instanceIds } from '../../domain/names.ts';
import type { Route } from '../../domain/route/route.ts';
import { ensureRunning } from '../start-instance.ts';

/** Who or what asks for an import. */
export interface ImportCause {
  trigger: ImportTrigger;
  requestedBy: string;
  correlationId: string;
}

/** Makes sure that an import that has not ended is running: one whose instance was lost is started anew. */
export function ensureImportStarted(client: DurableClient, importId: string): Promise<boolean> {
  return ensureRunning(client, 'autoImport', instanceIds.import(importId), { importId });
}

/**
 * Writes the record of an import unless there is one, then makes sure that it runs unless it has ended.
 * @returns whether it was this call that wrote the record
 */
export async function acceptImport(
  services: Services,
  client: DurableClient,
  of: { id: string; route: Route; archive: LandedArchive },
  cause: ImportCause,
): Promise<boolean> {
  const requestedAt = new Date().toISOString();
  const { id, archive, route } = of;
  const known = await services.imports.read(id);
  if (known && isFinalImport(known)) return false;
  const document = newImport({ ...cause, id, route: route.name, archive, requestedAt });
  const isNew = known === undefined && (await services.imports.create(document));
  await ensureImportStarted(client, id);
  return isNew;
}

/**
 * Lets an import that has ended go on, by another run of its own (`isAnew`) or with what came since; two callers at once
 * reopen it once.
 * @returns whether it was this call that did
 */
export async function reopenImport(
  services: Services,
  client: DurableClient,
  { id, isAnew }: { id: string; isAnew: boolean },
  cause: ImportCause,
): Promise<boolean> {
  const at = new Date().toISOString();
  let isOurs = false;
  await services.imports.update(id, (found) => {
    isOurs = isFinalImport(found);
    return isOurs ? reopened(found, { ...cause, at, isAnew }) : found;
  });
  await ensureImportStarted(client, id);
  return isOurs;
}

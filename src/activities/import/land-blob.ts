import type { BlobProperties } from '../../azure/blobs/storage.ts';
import { brokenConditions, decideNoArchive, readClaim } from '../../domain/import/auto-import.ts';
import { whyLeftAlone } from '../../domain/import/import-decision.ts';
import type { LandedArchive } from '../../domain/import/import-document.ts';
import { formatImportId, parseArchiveName } from '../../domain/names.ts';
import { containerOf, type Route, sideOf } from '../../domain/route/route.ts';
import type { Services } from '../services.ts';
import { readTriggerStatus } from './trigger-status.ts';

/** What a blob of a target container is to the app, without a look at any run. */
export type Landing =
  /** To be imported, or followed: `id` is the import's. */
  | { kind: 'Import'; id: string; archive: LandedArchive }
  /** An import has claimed it. */
  | { kind: 'Claimed'; id: string; archive: LandedArchive }
  | { kind: 'Ignored'; id: string; archive: LandedArchive; reason: string };

/** A blob by its name and properties, as a list or a look at it gives it. */
export type NamedBlob = BlobProperties & { name: string };

/** A blob as the record of its import keeps it. */
export function toArchive(route: Route, blob: NamedBlob): LandedArchive {
  return {
    ...placeOf(route),
    name: blob.name,
    bytes: blob.sizeBytes,
    md5: blob.contentMd5 ?? null,
    etag: blob.etag,
    landedAt: blob.lastModified,
  };
}

/** Account and container of a route's target. */
export function placeOf(route: Route): { account: string; container: string } {
  const { account, container } = containerOf(sideOf(route, 'target'));
  return { account, container };
}

/** The id of the import of a blob's state. */
export function importIdOf({ account, container, name, etag }: LandedArchive): string {
  return formatImportId({ account, container, name, etag: etag ?? '' });
}

/** Whether a transfer of that id is this app's. */
export type OwnsTransfer = (id: string) => Promise<boolean>;

/**
 * Judges a blob by what it is, who has it, and the trigger's status (read at most every 30 s). Nothing is written, so it
 * may be asked as often as one likes.
 */
export async function judgeLanded(
  services: Services,
  route: Route,
  blob: NamedBlob,
  { now, ownsTransfer }: { now: Date; ownsTransfer: OwnsTransfer },
): Promise<Landing> {
  const archive = toArchive(route, blob);
  const claimedBy = readClaim(blob.metadata, archive);
  if (claimedBy !== undefined) return { kind: 'Claimed', id: claimedBy, archive };
  const ignored = (reason: string): Landing => ({ kind: 'Ignored', id: importIdOf(archive), archive, reason });
  const noArchive = decideNoArchive(archive);
  if (noArchive !== undefined) return ignored(noArchive);
  const transfer = parseArchiveName(blob.name)?.id;
  if (transfer !== undefined && (await ownsTransfer(transfer))) {
    return ignored(`It is the archive of transfer ${transfer}, which imports it.`);
  }
  const broken = brokenConditions({ ...archive, metadata: blob.metadata }, now);
  const triggerStatus = await readTriggerStatus(services, route, { isFresh: false });
  const left = whyLeftAlone({ auto: route.import.auto, triggerStatus, broken });
  return left === undefined ? { kind: 'Import', id: importIdOf(archive), archive } : ignored(left);
}

/** The transfers that have a record, asked one by one. */
export function askTransfers({ transfers }: Services): OwnsTransfer {
  return async (id) => (await transfers.readRequest(id)) !== undefined;
}

import { createHash } from 'node:crypto';
import { elapsedMs } from '../time.ts';
import { DAY_MS } from '../transfer/retention.ts';

/** Metadata that ACR's own trigger looks for. Removing it is how the app claims a blob. */
export const ARCHIVE_CATEGORY = { key: 'category', value: 'acr-transfer-blob' } as const;

/** Metadata by which a claimed blob names its import. */
export const CLAIM_KEY = 'acrtransferimport';

/** ACR's trigger takes blobs that were changed within so many days. */
export const TRIGGER_DAYS = 60;

/** A blob's metadata without the mark that ACR's trigger looks for. */
export function withoutCategory(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => key.toLowerCase() !== ARCHIVE_CATEGORY.key));
}

/** What a claim is bound to. A copy of a claimed blob, or another content under its name, is not claimed. */
export interface ClaimedBlob {
  account: string;
  container: string;
  name: string;
  bytes: number | null;
  /** Base64. */
  md5: string | null;
}

/** The value of {@link CLAIM_KEY}: the import's id and a short hash of what it claims. */
export function formatClaim(importId: string, blob: ClaimedBlob): string {
  return `${importId}-${sealOf(blob)}`;
}

/** The import that has claimed this very blob, or `undefined`. */
export function readClaim(metadata: Readonly<Record<string, string>>, blob: ClaimedBlob): string | undefined {
  const [, importId, seal] = /^([0-9a-f]{32})-([0-9a-f]{16})$/.exec(metadata[CLAIM_KEY] ?? '') ?? [];
  return seal === sealOf(blob) ? importId : undefined;
}

function sealOf({ account, container, name, bytes, md5 }: ClaimedBlob): string {
  const text = JSON.stringify([account, container, name, bytes, md5]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** A blob as ACR's trigger sees it. */
export interface TriggeredBlob {
  metadata: Readonly<Record<string, string>>;
  md5: string | null;
  /** ISO 8601. */
  landedAt: string | null;
}

/** The condition that a blob breaks by its age. */
export const TOO_OLD = `older than ${TRIGGER_DAYS} days`;

/** The conditions of ACR's trigger that a blob breaks, a few words each; none when ACR would take it. */
export function brokenConditions({ metadata, md5, landedAt }: TriggeredBlob, now: Date): string[] {
  const category = Object.entries(metadata).find(([key]) => key.toLowerCase() === ARCHIVE_CATEGORY.key)?.[1];
  const broken: string[] = [];
  if (category !== ARCHIVE_CATEGORY.value) {
    broken.push(`no metadata ${ARCHIVE_CATEGORY.key}=${ARCHIVE_CATEGORY.value}`);
  }
  if (!md5) broken.push('no Content-MD5');
  if (landedAt !== null && elapsedMs(landedAt, now) > TRIGGER_DAYS * DAY_MS) {
    broken.push(TOO_OLD);
  }
  return broken;
}

/** Whether the trigger is on. An unknown or absent status counts as on, which is the service's default. */
export function isTriggerOn(status: string | undefined): boolean {
  return status?.toLowerCase() !== 'disabled';
}

/** Names of what the app itself puts beside archives, and of what carriers leave behind while they write. */
const NO_ARCHIVE = /\.(receipt\.json|imported\.json|receipt\.json\.jws|imported\.json\.jws)$|(^|\/)\.azDownload-/;

/**
 * Whether a URL can name the blob: segments `.` and `..` are resolved on the way, so that another blob, even one of
 * another container, would be meant.
 */
export function isBlobName(name: string): boolean {
  return name !== '' && !name.split('/').some((segment) => segment === '.' || segment === '..');
}

/**
 * Why a blob is no archive, by its name and size (`null`: not known); `undefined` when it may be one. Anything else is tried: only the
 * service knows what it can read. ACR's runs take a blob in a folder by its whole name, and so does the app.
 */
export function decideNoArchive({ name, bytes }: { name: string; bytes: number | null }): string | undefined {
  if (!isBlobName(name)) return 'Its name leads elsewhere: no segment of it may be . or ..';
  if (NO_ARCHIVE.test(name)) return 'Its name says that it is no archive.';
  return bytes === 0 ? 'It has no bytes (yet); what is written to it later is another state of it.' : undefined;
}

import { ARCHIVE_CATEGORY } from '../import/auto-import.ts';
import { type Check, type Judgement, judge } from './check.ts';

const DAY_MS = 24 * 60 * 60_000;
/** ACR's trigger takes what was changed within so many days. */
const TRIGGER_DAYS = 60;
/** An archive that lies longer than a retention of this many days was forgotten. */
const KEPT_DAYS = 7;
const NAMED = 5;

/** A blob of the target container. */
export interface ArchiveFacts {
  name: string;
  /** ISO 8601. */
  lastModified: string;
  hasMd5: boolean;
  metadata: Readonly<Record<string, string>>;
  /** Whether it is the app's to import (claimed, or of a transfer of its own): it has no mark on purpose. */
  isOwn: boolean;
}

export interface ArchivesFacts {
  archives: readonly ArchiveFacts[];
  /** Whether the import pipeline deletes what it has imported. */
  deletesSource: boolean;
  now: Date;
}

/** Archives that ACR's trigger would pass over without a word, and those that nobody deletes. */
export function judgeArchives({ archives, deletesSource, now }: ArchivesFacts): Check[] {
  const ageMs = ({ lastModified }: ArchiveFacts) => now.getTime() - Date.parse(lastModified);
  const foreign = archives.filter(({ isOwn }) => !isOwn);
  const left = deletesSource ? [] : archives.filter((archive) => ageMs(archive) > KEPT_DAYS * DAY_MS);
  return [
    about(
      foreign.filter((archive) => ageMs(archive) > TRIGGER_DAYS * DAY_MS),
      'ARCHIVE_TOO_OLD',
      `archives changed within the last ${TRIGGER_DAYS} days`,
      'Change their metadata, which makes them new, or import them by hand (a manual run takes any age).',
    ),
    about(
      foreign.filter(({ hasMd5 }) => !hasMd5),
      'ARCHIVE_WITHOUT_MD5',
      'archives with Content-MD5',
      'Copy them again so that Content-MD5 is kept (AzCopy: --put-md5), or import them by hand.',
    ),
    about(
      foreign.filter((archive) => !hasCategory(archive)),
      'ARCHIVE_WITHOUT_CATEGORY',
      `archives with metadata ${ARCHIVE_CATEGORY.key}=${ARCHIVE_CATEGORY.value}`,
      'Set that metadata on them: a copy between accounts may drop it; or import them by hand.',
    ),
    about(
      left,
      'ARCHIVES_NOT_DELETED',
      `DeleteSourceBlobOnSuccess, or no archive older than ${KEPT_DAYS} days`,
      'Add DeleteSourceBlobOnSuccess to the import pipeline (its token then needs d), or delete what was imported.',
    ),
  ];
}

function hasCategory({ metadata }: ArchiveFacts): boolean {
  return Object.entries(metadata).some(
    ([key, value]) => key.toLowerCase() === ARCHIVE_CATEGORY.key && value === ARCHIVE_CATEGORY.value,
  );
}

function about(archives: readonly ArchiveFacts[], code: Judgement['code'], needed: string, remedy: string): Check {
  const names = archives.slice(0, NAMED).map(({ name }) => name);
  const more = archives.length > NAMED ? `, and ${archives.length - NAMED} more` : '';
  const found = archives.length === 0 ? 'none' : `${archives.length}: ${names.join(', ')}${more}`;
  const holds = archives.length === 0;
  return judge({ code, side: 'target', holds, otherwise: 'warning', found, needed, remedy });
}

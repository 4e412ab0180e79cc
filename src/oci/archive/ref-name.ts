import { isDigest } from '../digest.ts';
import { isRepository, isTag } from '../names.ts';
import { archiveError } from './archive-error.ts';

/** The annotation of an index entry that names it (OCI image-spec, annotations.md). */
export const REF_NAME = 'org.opencontainers.image.ref.name';
/** This project's own annotation of an index entry: its repository, also where there is no tag. */
export const REPOSITORY = 'io.acr-transfer.repository';
/** The full name that containerd writes beside a `ref.name` that is only a tag. */
const CONTAINERD_NAME = 'io.containerd.image.name';

/** What an artifact in an archive is called. */
export interface ArchiveName {
  repository: string;
  tag?: string;
}

/** The annotations of an index entry of this name; the inverse of {@link parseAnnotations}. */
export function formatAnnotations(name: ArchiveName): Record<string, string> {
  const own = { [REPOSITORY]: name.repository };
  return name.tag === undefined ? own : { [REF_NAME]: `${name.repository}:${name.tag}`, ...own };
}

/**
 * The name that an index entry's annotations give. This project's own annotation wins; else `ref.name` (or containerd's
 * full name) is read as `[host/]repository[:tag][@digest]`, the host being dropped as docker would; a mere tag gets the
 * `defaultRepository`, and so does an entry without any name. Throws `ARCHIVE_NAME_INVALID` (class `artifact`) when no
 * repository comes of it; `entry` names the entry in the message.
 */
export function parseAnnotations(
  annotations: Readonly<Record<string, string>>,
  entry: string,
  defaultRepository?: string,
): ArchiveName {
  const refName = annotations[REF_NAME];
  const own = annotations[REPOSITORY];
  if (own !== undefined) return parseOwn(own, refName, entry);
  const full = parseFullName(annotations[CONTAINERD_NAME] ?? '') ?? parseFullName(refName ?? '');
  if (full !== undefined) return full;
  if (refName !== undefined && !isTag(refName)) throw nameError(entry, refName);
  if (defaultRepository !== undefined && isRepository(defaultRepository)) {
    return { repository: defaultRepository, ...(refName === undefined ? {} : { tag: refName }) };
  }
  throw archiveError(
    `${entry} is named ${refName === undefined ? 'not at all' : `'${refName}', which is only a tag`}; ` +
      `a default repository must be given (found: ${defaultRepository ?? 'none'})`,
    'ARCHIVE_NAME_INVALID',
  );
}

function parseOwn(repository: string, refName: string | undefined, entry: string): ArchiveName {
  if (!isRepository(repository)) throw nameError(entry, repository);
  if (refName === undefined) return { repository };
  const tag = refName.startsWith(`${repository}:`) ? refName.slice(repository.length + 1) : refName;
  if (!isTag(tag)) throw nameError(entry, refName);
  return { repository, tag };
}

/** A name with a repository in it; `undefined` when the text could be a tag, or is no name. */
function parseFullName(text: string): ArchiveName | undefined {
  const [named = '', digest] = text.split('@', 2);
  if (digest !== undefined && !isDigest(digest)) return undefined;
  const slash = named.indexOf('/');
  const first = named.slice(0, Math.max(0, slash));
  const isHost = first.includes('.') || first.includes(':') || first === 'localhost';
  const path = isHost ? named.slice(slash + 1) : named;
  const [repository = '', tag] = path.split(':', 2);
  if (!isRepository(repository) || (tag !== undefined && !isTag(tag))) return undefined;
  if (tag === undefined && digest === undefined && !path.includes('/') && !isHost) return undefined;
  return { repository, ...(tag === undefined ? {} : { tag }) };
}

function nameError(entry: string, found: string) {
  return archiveError(
    `${entry} is named '${found.slice(0, 300)}'; allowed is repository:tag, or a tag with a default repository`,
    'ARCHIVE_NAME_INVALID',
  );
}

import semver from 'semver';
import { formatArtifact, parseArtifact } from '../artifact.ts';
import { globMatcher } from '../glob.ts';

/** Which tags of the repositories that fit are meant. */
type TagChoice =
  | { kind: 'glob'; fits: (tag: string) => boolean }
  | { kind: 'range'; range: semver.Range }
  | { kind: 'digest'; digest: string };

/** A line of a list that names artifacts by what they have in common, or takes them out again. */
export interface Selector {
  text: string;
  /** `!…`: what fits is left out, whatever else selects it. */
  excludes: boolean;
  /** The one repository, where the line names it; otherwise the catalog has to be read. */
  repository: string | undefined;
  fits(repository: string): boolean;
  tags: TagChoice;
  /** The one artifact, where the line names it (`app:v1 +referrers`). */
  artifact: string | undefined;
  /** Of the versions that fit, in each repository, only so many of the highest. */
  newest: number | undefined;
  /** What refers to the artifacts (signatures, SBOMs) comes along. */
  referrers: boolean;
}

export const SELECTOR_FORMS =
  'repository:tag, repository@sha256:…, repository:tag@sha256:…, globs (team/**:v1.*), versions (repo:>=1.20 <2), with "newest 3" or "+referrers" after them, ! before what is left out';

const MAX_SELECTOR_LENGTH = 512;
const FORM =
  /^(?<not>!?)(?<repository>[^:@\s]+)(?:@(?<digest>\S+)|:(?<tags>\S.*?))(?: +newest (?<newest>\d{1,4}))?(?<referrers> +\+referrers)?$/;
const REPOSITORY_GLOB = /^[a-z0-9*?][a-z0-9._/*?-]*$/;
const TAG_GLOB = /^[a-zA-Z0-9_*?][a-zA-Z0-9._*?-]*$/;

/** Whether a text is more than the name of one artifact. */
export function isSelector(text: string): boolean {
  return /[*?!\s<>=^~|]/.test(text);
}

/** Parses one line of a list: an artifact's name, or what selects several. @returns the selector, or what is wrong */
export function parseSelector(text: string): { selector: Selector } | { fault: string } {
  const bad = (why: string) => ({ fault: `${why}; allowed: ${SELECTOR_FORMS}` });
  if (text.length > MAX_SELECTOR_LENGTH) return bad(`is longer than ${MAX_SELECTOR_LENGTH} characters`);
  const { not = '', repository = '', digest, tags = '', newest, referrers } = FORM.exec(text)?.groups ?? {};
  if (repository === '') return bad('has no repository and tag');
  if (!REPOSITORY_GLOB.test(repository)) return bad(`'${repository}' is no repository and no glob of some`);
  const choice = parseTags(repository, digest, tags);
  if ('fault' in choice) return bad(choice.fault);
  if (newest === '0') return bad('"newest 0" selects nothing');
  const isGlob = /[*?]/.test(repository);
  const named = newest === undefined && parseArtifact(text.replace(/^!|\s.*$/g, ''));
  return {
    selector: {
      text,
      excludes: not === '!',
      repository: isGlob ? undefined : repository,
      fits: isGlob ? globMatcher(repository) : (name) => name === repository,
      tags: choice,
      artifact: named && 'artifact' in named ? formatArtifact(named.artifact) : undefined,
      newest: newest === undefined ? undefined : Number(newest),
      referrers: referrers !== undefined,
    },
  };
}

function parseTags(repository: string, digest: string | undefined, tags: string): TagChoice | { fault: string } {
  if (digest !== undefined) {
    const parsed = parseArtifact(`${repository.replaceAll(/[*?]/g, 'x')}@${digest}`);
    return 'fault' in parsed ? { fault: `'${digest}' is not a digest` } : { kind: 'digest', digest };
  }
  if (TAG_GLOB.test(tags)) return { kind: 'glob', fits: globMatcher(tags) };
  if (!/^[<>=^~]/.test(tags)) return { fault: `'${tags}' is no tag, no glob of some and no range of versions` };
  try {
    return { kind: 'range', range: new semver.Range(tags) };
  } catch {
    return { fault: `'${tags}' is no range of versions` };
  }
}

/**
 * A tag as a version: two or three numbers, with or without a leading `v`. One number alone is a tag that moves with
 * each release, so it is no version.
 */
export function versionOf(tag: string): semver.SemVer | undefined {
  const [, numbers = '', patch, rest = ''] = /^v?(\d+\.\d+)(\.\d+)?([-+].+)?$/.exec(tag) ?? [];
  if (numbers === '') return undefined;
  return semver.parse(`${numbers}${patch ?? '.0'}${rest}`) ?? undefined;
}

/** The tags of one repository that a selector means, in the order in which they came; the newest first where it says how many. */
export function chooseTags({ tags: choice, newest }: Selector, tags: readonly string[]): string[] {
  if (choice.kind === 'digest') return [];
  if (choice.kind === 'glob' && newest === undefined) return tags.filter((tag) => choice.fits(tag));
  const versions = tags.flatMap((tag) => {
    const version = versionOf(tag);
    const isMeant = version && (choice.kind === 'glob' ? choice.fits(tag) : choice.range.test(version));
    return isMeant ? [{ tag, version }] : [];
  });
  if (newest === undefined) return versions.map(({ tag }) => tag);
  versions.sort((left, right) => semver.rcompare(left.version, right.version) || (left.tag < right.tag ? -1 : 1));
  return versions.slice(0, newest).map(({ tag }) => tag);
}

/** Whether a selector means a tag, by its name alone. */
export function takesTag(selector: Selector, repository: string, tag: string): boolean {
  if (selector.excludes || !selector.fits(repository)) return false;
  return chooseTags({ ...selector, newest: undefined }, [tag]).length > 0;
}

/** Whether an excluding selector leaves out an artifact. */
export function leavesOut(
  selector: Selector,
  repository: string,
  tag: string | undefined,
  digest: string | undefined,
): boolean {
  if (!selector.excludes || !selector.fits(repository)) return false;
  if (selector.tags.kind === 'digest') return selector.tags.digest === digest;
  return tag !== undefined && chooseTags({ ...selector, newest: undefined }, [tag]).length > 0;
}

/** The entries of a list as a file holds it: one a line, `#` begins a comment, blank lines count for nothing. */
export function parseArtifactList(text: string): { line: number; text: string }[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, index) => ({ line: index + 1, text: line.replace(/(^|\s)#.*$/, '').trim() }))
    .filter((entry) => entry.text !== '');
}

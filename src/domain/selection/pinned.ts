import { type Artifact, formatArtifact, isDigest, parseArtifact } from '../artifact.ts';

/** One artifact that a list names. */
export interface Pinned {
  artifact: Artifact;
  /** As `repository:tag` or `repository@digest`: what it is called everywhere else. */
  name: string;
  /** The digest that the tag must have; `null` where the list does not say. */
  digest: string | null;
}

const FORM = /^(?<tagged>[^@]*:[^@:/]+)@(?<digest>.*)$/;

/** Parses `repository:tag`, `repository@sha256:…` or `repository:tag@sha256:…`. @returns it, or what is wrong with the text */
export function parsePinned(text: string): Pinned | { fault: string } {
  const { tagged = text, digest } = FORM.exec(text)?.groups ?? {};
  const parsed = parseArtifact(tagged);
  if ('fault' in parsed) return parsed;
  if (digest !== undefined && !isDigest(digest)) {
    return { fault: `'${digest}' is not a digest; allowed: repository:tag@sha256:<64 hex digits>` };
  }
  const { artifact } = parsed;
  return { artifact, name: formatArtifact(artifact), digest: digest ?? null };
}

/** The entry of a list that means this artifact, and its tag only with this digest. */
export function formatPinned(name: string, digest: string | null): string {
  return digest === null || name.includes('@') ? name : `${name}@${digest}`;
}

/** The entries of a list that pin a tag, by the artifact's name. */
export function pinsOf(entries: readonly string[]): Map<string, string> {
  return new Map(
    entries.flatMap((text): [string, string][] => {
      const parsed = parsePinned(text);
      return 'fault' in parsed || parsed.digest === null ? [] : [[parsed.name, text]];
    }),
  );
}

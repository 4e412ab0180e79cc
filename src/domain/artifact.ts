/** What a user names: one tag or one digest of a repository. Exactly one of `tag` and `digest` is there. */
export type Artifact = { repository: string; tag: string } | { repository: string; digest: string };

/** Repository name grammar of the OCI distribution specification ("Pulling manifests"). */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MAX_REPOSITORY_LENGTH = 255;

export const ARTIFACT_FORMS = 'repository:tag or repository@sha256:<64 hex digits>, without a registry host';

/**
 * Parses `repository:tag` or `repository@sha256:…`. A bare repository is refused: that it would mean `latest` is the
 * service's rule, and a list of artifacts should say what it moves.
 * @returns the artifact, or what is wrong with the text
 */
export function parseArtifact(text: string): { artifact: Artifact } | { fault: string } {
  const at = text.indexOf('@');
  const colon = text.lastIndexOf(':');
  if (at < 0 && colon < 0) return { fault: `names neither a tag nor a digest; allowed: ${ARTIFACT_FORMS}` };
  const cut = at >= 0 ? at : colon;
  const repository = text.slice(0, cut);
  const reference = text.slice(cut + 1);
  if (!REPOSITORY.test(repository) || repository.length > MAX_REPOSITORY_LENGTH) {
    return { fault: `'${repository}' is not a repository name; allowed: ${ARTIFACT_FORMS}` };
  }
  if (at >= 0) {
    return DIGEST.test(reference)
      ? { artifact: { repository, digest: reference } }
      : { fault: `'${reference}' is not a digest; allowed: ${ARTIFACT_FORMS}` };
  }
  return TAG.test(reference)
    ? { artifact: { repository, tag: reference } }
    : { fault: `'${reference}' is not a tag; allowed: ${ARTIFACT_FORMS}` };
}

/** The inverse of {@link parseArtifact}. */
export function formatArtifact(artifact: Artifact): string {
  return 'tag' in artifact ? `${artifact.repository}:${artifact.tag}` : `${artifact.repository}@${artifact.digest}`;
}

/** What the registry's API is asked for: the tag or the digest. */
export function referenceOf(artifact: Artifact): string {
  return 'tag' in artifact ? artifact.tag : artifact.digest;
}

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

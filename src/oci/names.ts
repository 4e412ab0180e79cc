import { TransferError } from '../domain/errors.ts';
import { isDigest, parseDigest } from './digest.ts';

// OCI distribution-spec, "Pulling manifests": <name> and <reference> as a tag.
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const MAX_REPOSITORY_LENGTH = 255;

/** True for a repository name that may stand in a registry's path. */
export function isRepository(text: string): boolean {
  return text.length <= MAX_REPOSITORY_LENGTH && REPOSITORY.test(text);
}

/** True for a tag that may stand in a registry's path. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The name itself; throws `NAME_INVALID` (class `artifact`) when it is not a repository name. */
export function requireRepository(name: string): string {
  if (isRepository(name)) return name;
  throw new TransferError(
    `'${name.slice(0, 300)}' is not a repository name; allowed are lower-case letters, digits and . _ __ - between them, ` +
      `in parts divided by /, ${MAX_REPOSITORY_LENGTH} characters at most`,
    { class: 'artifact', code: 'NAME_INVALID' },
  );
}

/** The reference itself; throws `TAG_INVALID`, `DIGEST_INVALID` or `DIGEST_UNSUPPORTED` when it is neither tag nor digest. */
export function requireReference(reference: string): string {
  if (isDigest(reference) || isTag(reference)) return reference;
  if (reference.includes(':')) parseDigest(reference);
  throw new TransferError(
    `'${reference.slice(0, 160)}' is not a tag; allowed are up to 128 letters, digits and . _ -, the first no . or -`,
    { class: 'artifact', code: 'TAG_INVALID' },
  );
}

/** How a manifest is named in messages: `repository:tag` or `repository@digest`. */
export function formatReference(repository: string, reference: string): string {
  return `${repository}${isDigest(reference) ? '@' : ':'}${reference}`;
}

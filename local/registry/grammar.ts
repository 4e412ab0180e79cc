import { RegistryError } from './errors.ts';

const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const MAX_REPOSITORY_LENGTH = 255;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** Algorithms that a digest may name. */
export type DigestAlgorithm = 'sha256' | 'sha512';

/** The algorithm and the hexadecimal part of a valid digest. */
export interface DigestParts {
  algorithm: DigestAlgorithm;
  hex: string;
}

/** The repository name as given; throws `NAME_INVALID` when the OCI grammar does not allow it. */
export function parseRepository(text: string): string {
  if (text.length <= MAX_REPOSITORY_LENGTH && REPOSITORY.test(text)) return text;
  throw new RegistryError(
    'NAME_INVALID',
    `repository name ${JSON.stringify(text)}: allowed are at most ${MAX_REPOSITORY_LENGTH} characters in parts of a-z and 0-9, joined by /, ., _, __ or -`,
  );
}

/** The digest as given; throws `DIGEST_INVALID` when it is neither a sha256 nor a sha512 one, in lower case. */
export function parseDigest(text: string | null): string {
  if (text !== null && DIGEST.test(text)) return text;
  throw new RegistryError(
    'DIGEST_INVALID',
    `digest ${JSON.stringify(text)}: allowed are sha256: and 64, or sha512: and 128 characters of 0-9 and a-f`,
  );
}

/** Whether text is a digest that {@link parseDigest} takes. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** A valid digest taken apart. */
export function splitDigest(digest: string): DigestParts {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { algorithm: algorithm as DigestAlgorithm, hex };
}

/** A tag or a digest as given; throws `DIGEST_INVALID` for what has a colon and is none, else `TAG_INVALID`. */
export function parseReference(text: string): string {
  if (text.includes(':')) return parseDigest(text);
  if (TAG.test(text)) return text;
  throw new RegistryError(
    'TAG_INVALID',
    `tag ${JSON.stringify(text)}: allowed are 1 to 128 letters, digits, _, . and -, not beginning with . or -`,
  );
}

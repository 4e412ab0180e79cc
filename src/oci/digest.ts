import { createHash } from 'node:crypto';
import { TransferError } from '../domain/errors.ts';

/** The digest algorithms that are read and verified (OCI image-spec, descriptor.md, registered algorithms). */
export const DIGEST_ALGORITHMS = ['sha256', 'sha512'] as const;
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

const HEX_LENGTHS: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 };

function isAlgorithm(text: string): text is DigestAlgorithm {
  return (DIGEST_ALGORITHMS as readonly string[]).includes(text);
}

/**
 * The two halves of a digest such as `sha256:<64 hex digits>`. Throws `DIGEST_UNSUPPORTED` for another algorithm
 * and `DIGEST_INVALID` for anything that is not lower-case hex of the algorithm's length, so that the result is safe
 * in a path.
 */
export function parseDigest(text: string): { algorithm: DigestAlgorithm; hex: string } {
  const [, algorithm = '', hex = ''] = /^([a-z0-9+._-]+):(.*)$/s.exec(text) ?? [];
  if (algorithm !== '' && !isAlgorithm(algorithm)) {
    throw new TransferError(
      `Digest '${text.slice(0, 160)}' uses the algorithm '${algorithm}'; allowed are ${DIGEST_ALGORITHMS.join(', ')}`,
      { class: 'artifact', code: 'DIGEST_UNSUPPORTED' },
    );
  }
  if (!isAlgorithm(algorithm) || hex.length !== HEX_LENGTHS[algorithm] || !/^[0-9a-f]*$/.test(hex)) {
    throw new TransferError(
      `'${text.slice(0, 160)}' is not a digest; allowed are sha256: with 64 and sha512: with 128 lower-case hex digits`,
      { class: 'artifact', code: 'DIGEST_INVALID' },
    );
  }
  return { algorithm, hex };
}

/** True for what {@link parseDigest} accepts. */
export function isDigest(text: string): boolean {
  const [, algorithm = '', hex = ''] = /^([a-z0-9]+):([0-9a-f]+)$/.exec(text) ?? [];
  return isAlgorithm(algorithm) && hex.length === HEX_LENGTHS[algorithm];
}

/** The digest of bytes in memory, `sha256:…` by default. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

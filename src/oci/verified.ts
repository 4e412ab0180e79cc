import { createHash } from 'node:crypto';
import { TransferError } from '../domain/errors.ts';
import type { Descriptor } from './descriptor.ts';
import { parseDigest } from './digest.ts';

/** Size found differs from size stated: class `artifact`, code `SIZE_MISMATCH`. `found` is bytes or a phrase like "more". */
export function sizeMismatch(what: string, statedBytes: number, found: number | string): TransferError {
  return new TransferError(`${what} has ${found} bytes where ${statedBytes} were stated`, {
    class: 'artifact',
    code: 'SIZE_MISMATCH',
  });
}

/** Digest found differs from digest stated: class `artifact`, code `DIGEST_MISMATCH`. */
export function digestMismatch(what: string, stated: string, found: string): TransferError {
  return new TransferError(`${what} has the digest ${found} where ${stated} was stated`, {
    class: 'artifact',
    code: 'DIGEST_MISMATCH',
  });
}

/**
 * The same bytes, with digest and size checked on the way. The last chunk is held back until all is verified, so who
 * received every byte received the right ones. Throws `SIZE_MISMATCH` or `DIGEST_MISMATCH` (class `artifact`); `what`
 * names the content in the message.
 */
export async function* verified(
  content: AsyncIterable<Uint8Array>,
  stated: Pick<Descriptor, 'digest' | 'size'>,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { algorithm } = parseDigest(stated.digest);
  const hash = createHash(algorithm);
  let sizeBytes = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of content) {
    if (chunk.length === 0) continue;
    sizeBytes += chunk.length;
    if (sizeBytes > stated.size) throw sizeMismatch(what, stated.size, 'more');
    hash.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (sizeBytes !== stated.size) throw sizeMismatch(what, stated.size, sizeBytes);
  const found = `${algorithm}:${hash.digest('hex')}`;
  if (found !== stated.digest) throw digestMismatch(what, stated.digest, found);
  if (held !== undefined) yield held;
}

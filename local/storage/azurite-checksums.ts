// Loaded into Azurite's process before Azurite, whose CRC64 of every block takes a byte at a time: it was a third of the
// time of a large transfer. The same checksums, by `crc64.ts`; which of them are wanted is Azurite's to say, as before.
import { createHash, type Hash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Crc64 } from './crc64.ts';

interface Wanted {
  md5?: unknown;
  crc64?: unknown;
}

interface Checksums {
  md5: Uint8Array | undefined;
  crc64: Uint8Array | undefined;
}

interface AzuriteUtils {
  computeTransactionalChecksums(
    stream: AsyncIterable<Buffer>,
    expected: Wanted,
    force?: { md5?: boolean; crc64?: boolean },
  ): Promise<Checksums>;
}

const fromHere = createRequire(import.meta.url);
const folder = dirname(fromHere.resolve('azurite/package.json'));
const utils = fromHere(join(folder, 'dist/src/common/utils/utils.js')) as AzuriteUtils;

utils.computeTransactionalChecksums = async (stream, expected, force) => {
  const md5: Hash | undefined = expected.md5 !== undefined || force?.md5 ? createHash('md5') : undefined;
  const crc64 = expected.crc64 !== undefined || force?.crc64 ? new Crc64() : undefined;
  for await (const chunk of stream) {
    md5?.update(chunk);
    crc64?.update(chunk);
  }
  return { md5: md5 && new Uint8Array(md5.digest()), crc64: crc64?.digest() };
};

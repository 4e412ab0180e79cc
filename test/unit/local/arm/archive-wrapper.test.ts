import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  createMask,
  ForeignArchiveError,
  HEADER_BYTES,
  type RangeReader,
  TRAILER_BYTES,
  unwrapArchive,
  wrapArchive,
} from '../../../../local/arm/archive-wrapper.ts';

async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function readerOf(bytes: Uint8Array, chunkBytes = 1000): RangeReader {
  return {
    sizeBytes: bytes.length,
    read: (offset, length) => inChunks(bytes.subarray(offset, offset + length), chunkBytes),
  };
}

async function wrap(archive: Uint8Array, chunkBytes = 1000): Promise<{ blob: Buffer; digest: string }> {
  let digest = '';
  const blob = await collect(
    wrapArchive(inChunks(archive, chunkBytes), (found) => {
      digest = found;
    }),
  );
  return { blob, digest };
}

describe('a wrapped archive', () => {
  it('gives back any range of any archive, in whatever chunks it comes', async () => {
    const cases = fc.record({
      archive: fc.uint8Array({ maxLength: 5000 }),
      writeBytes: fc.integer({ min: 1, max: 700 }),
      readBytes: fc.integer({ min: 1, max: 700 }),
      from: fc.nat(5000),
      length: fc.nat(5000),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ archive, writeBytes, readBytes, from, length }) => {
        const { blob, digest } = await wrap(archive, writeBytes);
        const reader = await unwrapArchive(readerOf(blob, readBytes));
        const offset = Math.min(from, archive.length);
        const end = Math.min(offset + length, archive.length);
        const range = await collect(reader.read(offset, end - offset));
        expect(range.equals(archive.subarray(offset, end))).toBe(true);
        expect(reader.sizeBytes).toBe(archive.length);
        expect(reader.catalogDigest).toBe(digest);
      }),
      { numRuns: 200 },
    );
  });

  it('has the digest of what is in it', async () => {
    const archive = Buffer.from('content');
    const { digest } = await wrap(archive);
    expect(digest).toBe(`sha256:${createHash('sha256').update(archive).digest('hex')}`);
  });

  it('shows nothing of its content', async () => {
    const { blob } = await wrap(Buffer.from('oci-layout'.repeat(100)));
    expect(blob.includes('oci-layout')).toBe(false);
  });

  it('masks beyond 64 GiB as it masks at the beginning: by offset', () => {
    const offset = 64 * 1024 ** 3 + 5;
    const bytes = Buffer.from('some bytes far away, more than one block of them');
    const whole = createMask(offset)(bytes);
    expect(createMask(offset + 20)(bytes.subarray(20)).equals(whole.subarray(20))).toBe(true);
    expect(whole.equals(createMask(5)(bytes))).toBe(false);
  });
});

describe('unwrapArchive', () => {
  it.each([
    ['an empty blob', Buffer.alloc(0)],
    ['a tar', Buffer.alloc(10_240, 'oci-layout')],
    ['a blob shorter than header and trailer', Buffer.alloc(HEADER_BYTES + TRAILER_BYTES - 1)],
  ])('refuses %s as foreign', async (_, blob) => {
    await expect(unwrapArchive(readerOf(blob))).rejects.toThrow(ForeignArchiveError);
  });

  it('refuses an archive that was cut off', async () => {
    const { blob } = await wrap(Buffer.alloc(5000, 'x'));
    await expect(unwrapArchive(readerOf(blob.subarray(0, -1)))).rejects.toThrow('cut off');
  });
});

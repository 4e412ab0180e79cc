import fc from 'fast-check';
import {
  formatFileHeader,
  paddingBytes,
  parseHeader,
  USTAR_SIZE_LIMIT_BYTES,
} from '../../../../src/oci/archive/tar-header.ts';
import { scanTar } from '../../../../src/oci/archive/tar-scan.ts';
import { listOf } from '../../../support/streams.ts';

const segment = fc.stringMatching(/^[a-zA-Z0-9_é-][a-zA-Z0-9._é-]{0,60}$/);
const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const size = fc.oneof(fc.nat(), fc.bigInt(0n, 2n ** 43n).map(Number), fc.constantFrom(8 ** 11 - 1, 8 ** 11));

/** A reader of an archive that is all zeros but for what is written at its start. */
function sparseReader(start: Buffer, sizeBytes: number) {
  async function* read(offset: number, length: number) {
    const bytes = Buffer.alloc(length);
    bytes.set(start.subarray(offset, offset + length));
    yield bytes;
  }
  return { sizeBytes, read };
}

describe('formatFileHeader', () => {
  it('is read back as the same path and size, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(path, size, async (name, sizeBytes) => {
        const header = formatFileHeader(name, sizeBytes);
        const lengthBytes = header.length + sizeBytes + paddingBytes(sizeBytes) + 1024;
        const files = await listOf(scanTar(sparseReader(header, lengthBytes)));
        expect(files).toEqual([{ path: name, dataOffset: header.length, sizeBytes }]);
      }),
      { numRuns: 200 },
    );
  });

  it('is one block up to a path of 100 bytes and a size below 8 GiB, and three beyond', () => {
    expect(formatFileHeader('x'.repeat(100), USTAR_SIZE_LIMIT_BYTES - 1)).toHaveLength(512);
    expect(formatFileHeader('x'.repeat(101), 0)).toHaveLength(1536);
    expect(formatFileHeader('x', USTAR_SIZE_LIMIT_BYTES)).toHaveLength(1536);
  });
});

describe('parseHeader', () => {
  it('reads a size in GNU base 256', () => {
    const block = formatFileHeader('big', 0);
    block.fill(0, 124, 136);
    block[124] = 0x80;
    block.writeBigUInt64BE(9n * 2n ** 30n, 128);
    let sum = 256;
    block.forEach((byte, index) => {
      if (index < 148 || index > 155) sum += byte;
    });
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    expect(parseHeader(block, 0)).toEqual({ path: 'big', type: '0', sizeBytes: 9 * 2 ** 30 });
  });

  it('takes a block of zeros for the end', () => {
    expect(parseHeader(Buffer.alloc(512), 0)).toBeUndefined();
  });

  it('refuses a changed byte by its checksum, and says where', () => {
    const block = formatFileHeader('file', 1);
    block[0] = 0x78;
    expect(() => parseHeader(block, 1024)).toThrow(/byte 1024 is no tar header/);
  });

  it('says when it is handed a compressed archive', () => {
    expect(() => parseHeader(Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(510, 7)]), 0)).toThrow(/gzip/);
    expect(() => parseHeader(Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.alloc(508, 7)]), 0)).toThrow(
      /zstd/,
    );
  });
});

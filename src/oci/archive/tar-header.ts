import { archiveError } from './archive-error.ts';

/** Everything in a tar file comes in blocks of this many bytes. */
export const BLOCK_BYTES = 512;

/** The first size in bytes that the eleven octal digits of a ustar header cannot hold: 8 GiB. */
export const USTAR_SIZE_LIMIT_BYTES = 8 ** 11;

const MAX_USTAR_NAME_BYTES = 100;

/** A header block as read: `type` is its one-character typeflag (`0` file, `5` directory, `x` pax, `L` GNU name …). */
export interface TarHeader {
  path: string;
  type: string;
  sizeBytes: number;
}

/** The bytes after `sizeBytes` of content that fill the last block. */
export function paddingBytes(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

/**
 * The header of a regular file: one ustar block, preceded by a pax header where the path is longer than 100 bytes or
 * the size 8 GiB or more. Mode 0644, owner 0, time 0: the same entry is always the same bytes.
 */
export function formatFileHeader(path: string, sizeBytes: number): Buffer {
  const records: string[] = [];
  if (Buffer.byteLength(path) > MAX_USTAR_NAME_BYTES) records.push(formatPaxRecord('path', path));
  if (sizeBytes >= USTAR_SIZE_LIMIT_BYTES) records.push(formatPaxRecord('size', String(sizeBytes)));
  if (records.length === 0) return formatBlock(path, '0', sizeBytes);
  const pax = Buffer.from(records.join(''), 'utf8');
  return Buffer.concat([
    formatBlock('PaxHeader', 'x', pax.length),
    pax,
    Buffer.alloc(paddingBytes(pax.length)),
    formatBlock(path, '0', sizeBytes >= USTAR_SIZE_LIMIT_BYTES ? 0 : sizeBytes),
  ]);
}

function formatBlock(path: string, type: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.set(Buffer.from(path, 'utf8').subarray(0, MAX_USTAR_NAME_BYTES), 0);
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write('00000000000\0', 136, 'latin1');
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** One pax record, `<length> key=value\n`, whose length counts its own digits. */
function formatPaxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const restBytes = Buffer.byteLength(rest);
  let length = restBytes + 1;
  while (restBytes + String(length).length !== length) length = restBytes + String(length).length;
  return `${length}${rest}`;
}

/** The sum of a header's bytes, its own checksum field taken as spaces. */
function checksumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < BLOCK_BYTES; index += 1) if (index < 148 || index >= 156) sum += block[index] ?? 0;
  return sum;
}

/**
 * A header block read back (ustar, pax, GNU or the old form without magic); `undefined` for the block of zeros that ends
 * an archive. Throws `ARCHIVE_INVALID` for a wrong checksum or number; `offset` (bytes) says where, in the message.
 */
export function parseHeader(block: Buffer, offset: number): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  if (parseNumber(block, 148, 8, offset) !== checksumOf(block)) {
    throw archiveError(`At byte ${offset} is no tar header (its checksum is wrong)${hintOf(block)}`);
  }
  const name = parseText(block, 0, 100);
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? parseText(block, 345, 155) : '';
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: block[156] === 0 ? '0' : String.fromCharCode(block[156] ?? 0),
    sizeBytes: parseNumber(block, 124, 12, offset),
  };
}

function hintOf(block: Buffer): string {
  if (block.readUInt16BE(0) === 0x1f8b) return '; it looks like gzip, and only an uncompressed tar is read';
  if (block.readUInt32BE(0) === 0x28b52ffd) return '; it looks like zstd, and only an uncompressed tar is read';
  return '';
}

function parseText(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

function parseNumber(block: Buffer, start: number, length: number, offset: number): number {
  const field = block.subarray(start, start + length);
  const isBase256 = field[0] === 0x80;
  const octal = field
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
  const value = isBase256
    ? field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0)
    : Number.parseInt(/^[0-7]+$/.test(octal) ? octal : octal === '' ? '0' : 'x', 8);
  if (Number.isSafeInteger(value)) return value;
  throw archiveError(`The tar header at byte ${offset} has a number that cannot be read${hintOf(block)}`);
}

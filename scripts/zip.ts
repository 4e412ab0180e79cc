import { crc32, deflateRawSync } from 'node:zlib';

/** A file of an archive: its path with forward slashes, and its bytes. */
export interface ZipEntry {
  path: string;
  bytes: Uint8Array;
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_RECORD = 0x06054b50;
const VERSION = 20;
const UTF8_NAMES = 0x0800;
const DEFLATE = 8;
/** 1 January 1980, the first date that the format knows: a date of the build would make every archive another. */
const DOS_DATE = 0x0021;
/** A regular file, mode 644, in the upper half as Unix writes it. */
const UNIX_FILE_ATTRIBUTES = (0o100644 << 16) >>> 0;
const UNIX_MADE = 3 << 8;

/**
 * A zip archive of the entries, in the order of their paths: the same entries give the same bytes, whenever and
 * wherever. Up to 65,535 files and 4 GiB.
 * @throws RangeError for two entries of one path
 */
export function formatZip(entries: readonly ZipEntry[]): Buffer {
  const sorted = [...entries].sort((left, right) => (left.path < right.path ? -1 : 1));
  const twice = sorted.find((entry, index) => entry.path === sorted[index + 1]?.path);
  if (twice) throw new RangeError(`two files at ${twice.path}; allowed: one for each path`);
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of sorted) {
    const { file, record } = formatEntry(entry, offset);
    files.push(file);
    directory.push(record);
    offset += file.length;
  }
  const records = Buffer.concat(directory);
  return Buffer.concat([...files, records, formatEnd(sorted.length, records.length, offset)]);
}

function formatEntry({ path, bytes }: ZipEntry, offset: number): { file: Buffer; record: Buffer } {
  const name = Buffer.from(path, 'utf8');
  const data = deflateRawSync(bytes, { level: 9 });
  const common = formatCommon(crc32(bytes), data.length, bytes.length, name.length);
  const local = Buffer.alloc(4);
  local.writeUInt32LE(LOCAL_HEADER);
  const central = Buffer.alloc(6);
  central.writeUInt32LE(CENTRAL_HEADER);
  central.writeUInt16LE(UNIX_MADE | VERSION, 4);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(UNIX_FILE_ATTRIBUTES, 6);
  rest.writeUInt32LE(offset, 10);
  return { file: Buffer.concat([local, common, name, data]), record: Buffer.concat([central, common, rest, name]) };
}

/** What the header before a file and its record in the directory have in common. */
function formatCommon(crc: number, packedBytes: number, sizeBytes: number, nameBytes: number): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(VERSION, 0);
  common.writeUInt16LE(UTF8_NAMES, 2);
  common.writeUInt16LE(DEFLATE, 4);
  common.writeUInt16LE(DOS_DATE, 8);
  common.writeUInt32LE(crc, 10);
  common.writeUInt32LE(packedBytes, 14);
  common.writeUInt32LE(sizeBytes, 18);
  common.writeUInt16LE(nameBytes, 22);
  return common;
}

function formatEnd(count: number, directoryBytes: number, directoryOffset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END_RECORD);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(directoryOffset, 16);
  return end;
}

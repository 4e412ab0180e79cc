import { formatFileHeader, paddingBytes } from '../../src/oci/archive/tar-header.ts';

/** An entry of a tar for tests; `type` is the typeflag, a file by default; `statedSizeBytes` may lie. */
export interface TestEntry {
  path: string;
  bytes?: Buffer;
  type?: string;
  statedSizeBytes?: number;
  /** False leaves the `ustar` magic out, as the oldest tars do. */
  hasMagic?: boolean;
}

/** A tar entry's bytes, well formed or not, with a right checksum. */
export function tarEntry(entry: TestEntry): Buffer {
  const { path, bytes = Buffer.alloc(0), type = '0', statedSizeBytes = bytes.length, hasMagic = true } = entry;
  const block = formatFileHeader('placeholder', statedSizeBytes);
  block.fill(0, 0, 100);
  block.write(path, 0, 100, 'utf8');
  block.write(type, 156, 'latin1');
  if (!hasMagic) block.fill(0, 257, 265);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([block, bytes, Buffer.alloc(paddingBytes(bytes.length))]);
}

/** A tar of entries, with the zeros that end it. */
export function tarOf(...entries: TestEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(1024)]);
}

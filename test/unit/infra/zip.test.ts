import { inflateRawSync } from 'node:zlib';
import { formatZip, type ZipEntry } from '../../../scripts/zip.ts';

const entry = (path: string, text: string): ZipEntry => ({ path, bytes: Buffer.from(text) });
const ENTRIES = [entry('host.json', '{}'), entry('dist/app.cjs', 'x'.repeat(10_000)), entry('empty', '')];

/** The files of a zip by its central directory, as a reader finds them. */
function readZip(zip: Buffer): Record<string, string> {
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  let at = zip.readUInt32LE(end + 16);
  const files: Record<string, string> = {};
  for (let count = zip.readUInt16LE(end + 10); count > 0; count--) {
    const nameBytes = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes);
    const local = zip.readUInt32LE(at + 42);
    const data = local + 30 + zip.readUInt16LE(local + 26);
    files[name] = inflateRawSync(zip.subarray(data, data + zip.readUInt32LE(at + 20))).toString();
    expect(files[name]).toHaveLength(zip.readUInt32LE(at + 24));
    at += 46 + nameBytes;
  }
  expect(at).toBe(end);
  return files;
}

describe('formatZip', () => {
  it('holds every file with its bytes, in the order of the paths', () => {
    const files = readZip(formatZip(ENTRIES));
    expect(Object.keys(files)).toEqual(['dist/app.cjs', 'empty', 'host.json']);
    expect(files).toEqual({ 'dist/app.cjs': 'x'.repeat(10_000), empty: '', 'host.json': '{}' });
  });

  it('gives the same bytes for the same files, in whatever order they come', () => {
    expect(formatZip([...ENTRIES].reverse()).equals(formatZip(ENTRIES))).toBe(true);
  });

  it('refuses two files at one path', () => {
    expect(() => formatZip([...ENTRIES, entry('empty', 'not')])).toThrow('two files at empty');
  });
});

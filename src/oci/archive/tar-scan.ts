import { archiveError, truncated } from './archive-error.ts';
import { parsePax, paxSizeBytes } from './pax.ts';
import { type RangeReader, WindowedReader } from './range-reader.ts';
import { BLOCK_BYTES, paddingBytes, parseHeader, type TarHeader } from './tar-header.ts';

/** A regular file in a tar: its path without `./`, and where its bytes are. */
export interface TarFile {
  path: string;
  dataOffset: number;
  sizeBytes: number;
}

const WINDOW_BYTES = 32 * 1024;
const MAX_EXTENSION_BYTES = 64 * 1024;
const MAX_ENTRIES = 200_000;
/** What the paths of all entries may take up in memory together. */
const MAX_PATHS_CHARACTERS = 32 * 1024 * 1024;

interface Extension {
  path?: string;
  sizeBytes?: number;
}

/**
 * The regular files of a tar (ustar, pax, GNU), headers only: no content is read. Directories are passed over. Throws
 * `ARCHIVE_INVALID` for links, devices, sparse files, unknown entry types, absolute paths, `..`, a path that comes
 * twice, more than 200,000 entries and more than 32 Mi characters of paths; `ARCHIVE_TRUNCATED` where the archive ends
 * within an entry or without its block of zeros.
 */
export async function* scanTar(reader: RangeReader): AsyncGenerator<TarFile, void, undefined> {
  const window = new WindowedReader(reader, WINDOW_BYTES);
  const seen = new SeenPaths();
  let extension: Extension = {};
  let offset = 0;
  for (let count = 0; ; count += 1) {
    if (count > MAX_ENTRIES) throw archiveError(`The archive has more than the ${MAX_ENTRIES} entries allowed`);
    const block = await window.bytes(offset, BLOCK_BYTES, 'its next tar header');
    const header = parseHeader(block, offset);
    if (header === undefined) return;
    const dataOffset = offset + BLOCK_BYTES;
    const sizeBytes = extension.sizeBytes ?? header.sizeBytes;
    const isExtension = 'xgLK'.includes(header.type);
    if (isExtension) extension = await readExtension(window, header, dataOffset, extension);
    else {
      const path = checkPath(extension.path ?? header.path, header.type, offset);
      if (dataOffset + sizeBytes > reader.sizeBytes) {
        throw truncated(`entry '${shorten(path)}'`, dataOffset + sizeBytes, reader.sizeBytes);
      }
      if (header.type !== '5') {
        seen.add(path);
        yield { path, dataOffset, sizeBytes };
      }
      extension = {};
    }
    const stepBytes = isExtension ? header.sizeBytes : sizeBytes;
    offset = dataOffset + stepBytes + paddingBytes(stepBytes);
  }
}

async function readExtension(
  window: WindowedReader,
  header: TarHeader,
  dataOffset: number,
  before: Extension,
): Promise<Extension> {
  if (header.type === 'K') throw archiveError(`At byte ${dataOffset} is a link with a long target; links are not read`);
  if (header.sizeBytes > MAX_EXTENSION_BYTES) {
    throw archiveError(
      `The extended header at byte ${dataOffset} has ${header.sizeBytes} bytes; allowed are ${MAX_EXTENSION_BYTES}`,
    );
  }
  const bytes = await window.bytes(dataOffset, header.sizeBytes, 'an extended header');
  if (header.type === 'L') return { ...before, path: bytes.toString('utf8').replace(/\0+$/, '') };
  const records = parsePax(bytes, dataOffset);
  const path = records.get('path');
  const sizeBytes = paxSizeBytes(records, dataOffset);
  if (header.type === 'g') {
    if (path === undefined && sizeBytes === undefined) return before;
    throw archiveError(
      `The global pax header at byte ${dataOffset} sets path or size of every entry, which is not read`,
    );
  }
  return { ...before, ...(path === undefined ? {} : { path }), ...(sizeBytes === undefined ? {} : { sizeBytes }) };
}

const REFUSED_TYPES: Record<string, string> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a FIFO',
  S: 'a sparse file',
};

/** A path as messages show it: an extended header may make it 64 KiB long. */
function shorten(path: string): string {
  return path.length > 300 ? `${path.slice(0, 300)}…` : path;
}

function checkPath(path: string, type: string, offset: number): string {
  const clean = path.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
  if (!['0', '5', '7'].includes(type)) {
    const found = REFUSED_TYPES[type] ?? `of type '${type}'`;
    throw archiveError(`Entry '${shorten(path)}' at byte ${offset} is ${found}; allowed are files and directories`);
  }
  const segments = clean.split('/');
  const isRoot = type === '5' && (clean === '' || clean === '.');
  if (isRoot) return clean;
  if (segments.some((part) => part === '' || part === '.' || part === '..') || /[\0\\]/.test(clean)) {
    throw archiveError(
      `Entry '${shorten(path)}' at byte ${offset} has a path that leads out of the archive; allowed are plain relative paths`,
    );
  }
  return clean;
}

/** The paths so far, each once, within what they may take up together. */
class SeenPaths {
  readonly #paths = new Set<string>();
  #characters = 0;

  add(path: string): void {
    if (this.#paths.has(path)) throw archiveError(`Entry '${shorten(path)}' is in the archive twice`);
    this.#characters += path.length;
    if (this.#characters > MAX_PATHS_CHARACTERS) {
      throw archiveError(`The paths of the archive have more than the ${MAX_PATHS_CHARACTERS} characters allowed`);
    }
    this.#paths.add(path);
  }
}

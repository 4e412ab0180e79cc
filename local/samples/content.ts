import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { BLOCK_BYTES, formatFileHeader, paddingBytes } from '../../src/oci/archive/tar-header.ts';

/** Bytes to push: known by digest and size, and readable more than once. */
export interface Content {
  mediaType: string;
  digest: string;
  size: number;
  read(): AsyncIterable<Uint8Array>;
}

/** Content from memory. */
export function contentOf(mediaType: string, bytes: Uint8Array): Content {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return {
    mediaType,
    digest,
    size: bytes.length,
    async *read() {
      yield bytes;
    },
  };
}

const TAR_END = Buffer.alloc(2 * BLOCK_BYTES);

/** A gzipped tar of small text files, the same bytes each time. */
export function textLayer(mediaType: string, files: Readonly<Record<string, string>>): Content {
  const parts = Object.entries(files).flatMap(([path, text]) => {
    const bytes = Buffer.from(text);
    return [formatFileHeader(path, bytes.length), bytes, Buffer.alloc(paddingBytes(bytes.length))];
  });
  return contentOf(mediaType, gzipSync(Buffer.concat([...parts, TAR_END])));
}

/** An uncompressed tar of one file of this machine, streamed: of any size. Reads the file once for its digest. */
export async function fileLayer(mediaType: string, path: string, file: string): Promise<Content> {
  const { size: fileBytes } = await stat(file);
  const header = formatFileHeader(path, fileBytes);
  const tail = Buffer.concat([Buffer.alloc(paddingBytes(fileBytes)), TAR_END]);
  async function* read(): AsyncIterable<Uint8Array> {
    yield header;
    yield* createReadStream(file, { highWaterMark: 1024 * 1024 });
    yield tail;
  }
  const hash = createHash('sha256');
  for await (const chunk of read()) hash.update(chunk);
  const size = header.length + fileBytes + tail.length;
  return { mediaType, digest: `sha256:${hash.digest('hex')}`, size, read };
}

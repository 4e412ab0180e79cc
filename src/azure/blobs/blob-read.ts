import type { Readable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import type { BlobItem } from '@azure/storage-blob';
import { TransferError } from '../../domain/errors.ts';
import type { BlobEntry, BlobProperties } from './blob-types.ts';
import { type ContainerHandle, unlessCode } from './container-handle.ts';

const ABSENT = ['BlobNotFound'];
const PAGE_SIZE = 1000;
const MAX_RESUMES = 3;

/** See `SignedContainerStore.properties`. */
export async function readProperties(handle: ContainerHandle, blob: string): Promise<BlobProperties | undefined> {
  const found = await unlessCode(ABSENT, () =>
    handle.call({ action: 'read the properties', blob }, (abortSignal) =>
      handle.client.getBlobClient(blob).getProperties({ abortSignal }),
    ),
  );
  return found && toProperties(found, found.metadata);
}

/** See `SignedContainerStore.list`. */
export async function* listBlobs(handle: ContainerHandle, prefix?: string): AsyncGenerator<BlobEntry> {
  let continuationToken: string | undefined;
  do {
    const segment = await handle.call({ action: 'list the blobs' }, async (abortSignal) => {
      const options = { includeMetadata: true, abortSignal, ...(prefix ? { prefix } : {}) };
      const pages = handle.client.listBlobsFlat(options);
      const page = { maxPageSize: PAGE_SIZE, ...(continuationToken ? { continuationToken } : {}) };
      return (await pages.byPage(page).next()).value;
    });
    for (const item of segment?.segment.blobItems ?? []) yield toEntry(item);
    continuationToken = segment?.continuationToken || undefined;
  } while (continuationToken);
}

/** See `SignedContainerStore.readText`. */
export function readText(handle: ContainerHandle, blob: string): Promise<{ text: string; etag: string } | undefined> {
  return unlessCode(ABSENT, () =>
    handle.call({ action: 'read the blob', blob }, async (abortSignal) => {
      const options = { abortSignal, maxRetryRequests: MAX_RESUMES };
      const answer = await handle.client.getBlobClient(blob).download(0, undefined, options);
      return { text: await readAll(bodyOf(answer)), etag: answer.etag ?? '' };
    }),
  );
}

/**
 * See `SignedContainerStore.readRange`. The time limit holds for each first answer and for every chunk after it. The
 * SDK takes a connection that was cut for an abort, so what is missing is asked for here.
 */
export async function* readRange(
  handle: ContainerHandle,
  blob: string,
  range: { offset: number; length: number; etag?: string | undefined },
): AsyncGenerator<Uint8Array> {
  let { offset, etag } = range;
  const end = range.offset + range.length;
  for (let resumesLeft = MAX_RESUMES; offset < end; resumesLeft -= 1) {
    const partBegin = offset;
    try {
      const part = await openRange(handle, blob, { offset, length: end - offset, etag });
      etag = part.etag;
      for await (const chunk of part.chunks()) {
        offset += chunk.byteLength;
        yield chunk;
      }
      return;
    } catch (error) {
      const isCut = error instanceof TransferError && error.class === 'transient' && offset > partBegin;
      if (!isCut || resumesLeft === 0) throw error;
    }
  }
}

async function openRange(
  handle: ContainerHandle,
  blob: string,
  { offset, length, etag }: { offset: number; length: number; etag: string | undefined },
): Promise<{ etag: string | undefined; chunks(): AsyncGenerator<Uint8Array> }> {
  const what = { action: `read ${length} bytes from ${offset}`, blob };
  const conditions = etag === undefined ? {} : { ifMatch: etag };
  const answer = await handle.call(what, (abortSignal) =>
    handle.client.getBlobClient(blob).download(offset, length, { abortSignal, conditions }),
  );
  const body = bodyOf(answer);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      const each: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
      for (;;) {
        const next = await handle.call(what, () => each.next());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      body.destroy();
    }
  }
  return { etag: answer.etag, chunks };
}

/** In Node the SDK's body is always a Readable; its type also covers browsers. */
function bodyOf(answer: { readableStreamBody?: NodeJS.ReadableStream | undefined }): Readable {
  return answer.readableStreamBody as Readable;
}

function toEntry(item: BlobItem): BlobEntry {
  return { name: item.name, ...toProperties({ ...item.properties }, item.metadata) };
}

interface SdkProperties {
  contentLength?: number | undefined;
  contentMD5?: Uint8Array | undefined;
  etag?: string | undefined;
  lastModified?: Date | undefined;
  contentType?: string | undefined;
}

function toProperties(found: SdkProperties, metadata: Record<string, string> | undefined): BlobProperties {
  return {
    sizeBytes: found.contentLength ?? 0,
    etag: withQuotes(found.etag ?? ''),
    lastModified: (found.lastModified ?? new Date(0)).toISOString(),
    metadata: { ...metadata },
    ...(found.contentMD5?.length ? { contentMd5: Buffer.from(found.contentMD5).toString('base64') } : {}),
    ...(found.contentType ? { contentType: found.contentType } : {}),
  };
}

/** Lists give ETags without the quotes that headers have; conditions want them. */
function withQuotes(etag: string): string {
  return etag === '' || etag.endsWith('"') ? etag : `"${etag}"`;
}

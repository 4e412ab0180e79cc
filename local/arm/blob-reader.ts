import type { BlobClient } from '@azure/storage-blob';
import type { RangeReader } from './archive-wrapper.ts';
import { toStorageFailure, withStorageFailures } from './storage-failure.ts';

/**
 * A storage blob, readable by ranges; all ranges are of the state that it has now (by its ETag). Throws `RunFailure`s,
 * in reads too.
 */
export async function openBlob(blob: BlobClient, signal: AbortSignal): Promise<RangeReader & { etag: string }> {
  const { contentLength = 0, etag = '' } = await withStorageFailures(() => blob.getProperties({ abortSignal: signal }));
  async function* read(offset: number, length: number): AsyncGenerator<Uint8Array> {
    if (length === 0) return;
    const options = { abortSignal: signal, conditions: { ifMatch: etag }, maxRetryRequests: 3 };
    try {
      const { readableStreamBody } = await blob.download(offset, length, options);
      for await (const chunk of readableStreamBody ?? []) {
        yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      }
    } catch (error) {
      throw toStorageFailure(error);
    }
  }
  return { sizeBytes: contentLength, etag, read };
}

import { DATA_CALL_LIMIT_MS } from '../client-policy.ts';
import type { CommitOptions } from './blob-types.ts';
import { writeUnder } from './blob-write.ts';
import { type ContainerHandle, unlessCode } from './container-handle.ts';

/** See `SignedContainerStore.stagedBlocks`. */
export async function stagedBlocks(
  handle: ContainerHandle,
  blob: string,
): Promise<{ id: string; sizeBytes: number }[]> {
  const found = await unlessCode(['BlobNotFound'], () =>
    handle.call({ action: 'list the staged blocks', blob }, (abortSignal) =>
      handle.client.getBlockBlobClient(blob).getBlockList('uncommitted', { abortSignal }),
    ),
  );
  return (found?.uncommittedBlocks ?? []).map((block) => ({ id: block.name, sizeBytes: block.size }));
}

/** See `SignedContainerStore.stageBlock`. */
export async function stageBlock(
  handle: ContainerHandle,
  blob: string,
  blockId: string,
  bytes: Uint8Array,
): Promise<void> {
  await handle.call({ action: 'stage a block', blob, timeoutMs: DATA_CALL_LIMIT_MS }, (abortSignal) =>
    handle.client.getBlockBlobClient(blob).stageBlock(blockId, bytes, bytes.byteLength, { abortSignal }),
  );
}

/** See `SignedContainerStore.stageBlockFromUrl`. */
export async function stageBlockFromUrl(
  handle: ContainerHandle,
  blob: string,
  blockId: string,
  source: { sourceUrl: string; offset: number; length: number; sourceEtag?: string | undefined },
): Promise<void> {
  const { sourceUrl, offset, length, sourceEtag } = source;
  // The SDK has no option for this header.
  const client = sourceEtag === undefined ? handle.client : handle.clientWith({ 'x-ms-source-if-match': sourceEtag });
  const action = `copy ${length} bytes from ${offset} of ${sourceUrl.replace(/\?.*$/, '')}`;
  await handle.call({ action, blob, timeoutMs: DATA_CALL_LIMIT_MS }, (abortSignal) =>
    client.getBlockBlobClient(blob).stageBlockFromURL(blockId, sourceUrl, offset, length, { abortSignal }),
  );
}

/** See `SignedContainerStore.commitBlocks`. */
export function commitBlocks(
  handle: ContainerHandle,
  blob: string,
  blockIds: string[],
  options: CommitOptions,
): Promise<{ etag: string } | 'conflict'> {
  const { contentMd5, contentType, ifNoneMatch, metadata } = options;
  const condition = ifNoneMatch === undefined ? {} : { ifNoneMatch };
  const blobHTTPHeaders = {
    ...(contentMd5 === undefined ? {} : { blobContentMD5: Buffer.from(contentMd5, 'base64') }),
    ...(contentType === undefined ? {} : { blobContentType: contentType }),
  };
  return writeUnder(condition, () =>
    handle.call({ action: `commit ${blockIds.length} blocks`, blob, timeoutMs: DATA_CALL_LIMIT_MS }, (abortSignal) =>
      handle.client
        .getBlockBlobClient(blob)
        .commitBlockList(blockIds, { abortSignal, metadata, blobHTTPHeaders, conditions: { ...condition } }),
    ),
  );
}

import type { TokenCredential } from '@azure/core-auth';
import type { Side } from '../../domain/errors.ts';
import { createReadSas } from '../sas/user-delegation.ts';
import { commitBlocks, stageBlock, stageBlockFromUrl, stagedBlocks } from './blob-blocks.ts';
import { listBlobs, readProperties, readRange, readText } from './blob-read.ts';
import type { BlobEntry, BlobProperties, CommitOptions, WriteOptions } from './blob-types.ts';
import { deleteBlob, setMetadata, writeText } from './blob-write.ts';
import { blobUrl, type ContainerHandle, containerHandle, containerHandleWithSas } from './container-handle.ts';

export type { BlobEntry, BlobProperties, CommitOptions, WriteCondition, WriteOptions } from './blob-types.ts';

/** One blob container with what a SAS token or an identity may do there. All throw `TransferError`s. */
export interface SignedContainerStore {
  /** Without query and trailing slash. */
  url: string;
  /** The URL of a blob, its name encoded, without any token. */
  urlOf(blob: string): string;
  exists(): Promise<boolean>;
  /** Makes the container unless it is there. */
  ensureExists(): Promise<void>;
  /** `undefined` when there is no such blob; a missing container is an error. */
  properties(blob: string): Promise<BlobProperties | undefined>;
  /** The blobs whose names begin with the prefix, in the order of their names, with their metadata. */
  list(prefix?: string): AsyncIterable<BlobEntry>;
  /** `undefined` when there is no such blob. For documents: the whole text is held in memory. */
  readText(blob: string): Promise<{ text: string; etag: string } | undefined>;
  /**
   * Writes a whole text (`application/json` for names in `.json`). `conflict` when the condition does not hold. The
   * SDK sends again after a broken connection, so a conflict may be this very call's first try: read what is there.
   */
  writeText(blob: string, text: string, options?: WriteOptions): Promise<{ etag: string } | 'conflict'>;
  /**
   * The bytes from `offset`, `length` of them (fewer where the blob ends before), as they come; with `etag` only while the blob has it (class `conflict`,
   * code `ConditionNotMet`). A connection that breaks is taken up where it broke, under the same ETag, three times.
   * Leaving the loop closes the connection.
   */
  readRange(blob: string, offset: number, length: number, etag?: string): AsyncIterable<Uint8Array>;
  /** Replaces all metadata while the blob has the ETag; `conflict` when it has another or is gone. */
  setMetadata(blob: string, metadata: Record<string, string>, ifMatch: string): Promise<{ etag: string } | 'conflict'>;
  /** A blob that is not there is fine. */
  delete(blob: string): Promise<void>;
  /** The blocks staged and not committed, empty when there are none. */
  stagedBlocks(blob: string): Promise<{ id: string; sizeBytes: number }[]>;
  /**
   * Has the service copy `length` bytes from `offset` of the source into a block; with `sourceEtag` only while the
   * source has it. `blockId` is base64, of one length for all blocks of a blob. Staging one again replaces it. What
   * is wrong with the source has the other side in its error.
   */
  stageBlockFromUrl(
    blob: string,
    blockId: string,
    sourceUrl: string,
    offset: number,
    length: number,
    sourceEtag?: string,
  ): Promise<void>;
  stageBlock(blob: string, blockId: string, bytes: Uint8Array): Promise<void>;
  /** Makes the staged blocks the blob, in this order. `conflict` when a blob is there and `ifNoneMatch` was given. */
  commitBlocks(blob: string, blockIds: string[], options: CommitOptions): Promise<{ etag: string } | 'conflict'>;
}

/** A container as an identity sees it. */
export interface ContainerStore extends SignedContainerStore {
  /**
   * A read-only token for one blob, for `lifeMinutes` (1 to 10,000) from now, https only, without a leading `?`. Signed with a
   * user delegation key, which is kept while it lasts.
   */
  createReadSas(blob: string, lifeMinutes: number): Promise<string>;
}

/** Opens a container with an identity. Nothing is asked yet. `side` appears in errors. */
export function openContainer(containerUrl: string, credential: TokenCredential, side?: Side): ContainerStore {
  const handle = containerHandle(containerUrl, credential, side);
  return {
    ...storeOf(handle),
    createReadSas: (blob, lifeMinutes) => createReadSas(handle, credential, blob, lifeMinutes),
  };
}

/** Opens a container with a SAS token (a leading `?` does not matter). Errors name the URL without the token. */
export function openContainerWithSas(containerUrl: string, sasToken: string): SignedContainerStore {
  return storeOf(containerHandleWithSas(containerUrl, sasToken));
}

function storeOf(handle: ContainerHandle): SignedContainerStore {
  return {
    url: handle.url,
    urlOf: (blob) => blobUrl(handle.url, blob),
    exists: () =>
      handle.call({ action: 'look for the container' }, (abortSignal) => handle.client.exists({ abortSignal })),
    ensureExists: () =>
      handle.call({ action: 'make the container' }, async (abortSignal) => {
        await handle.client.createIfNotExists({ abortSignal });
      }),
    properties: (blob) => readProperties(handle, blob),
    list: (prefix) => listBlobs(handle, prefix),
    readText: (blob) => readText(handle, blob),
    writeText: (blob, text, options) => writeText(handle, blob, text, options),
    readRange: (blob, offset, length, etag) => readRange(handle, blob, { offset, length, etag }),
    setMetadata: (blob, metadata, ifMatch) => setMetadata(handle, blob, metadata, ifMatch),
    delete: (blob) => deleteBlob(handle, blob),
    stagedBlocks: (blob) => stagedBlocks(handle, blob),
    stageBlockFromUrl: (blob, blockId, sourceUrl, offset, length, sourceEtag) =>
      stageBlockFromUrl(handle, blob, blockId, { sourceUrl, offset, length, sourceEtag }),
    stageBlock: (blob, blockId, bytes) => stageBlock(handle, blob, blockId, bytes),
    commitBlocks: (blob, blockIds, options) => commitBlocks(handle, blob, blockIds, options),
  };
}

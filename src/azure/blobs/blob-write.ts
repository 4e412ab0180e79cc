import type { WriteCondition, WriteOptions } from './blob-types.ts';
import { type ContainerHandle, unlessCode } from './container-handle.ts';

/** What storage answers when the condition of a write does not hold. */
const CONDITION_CODES = ['BlobAlreadyExists', 'ConditionNotMet', 'TargetConditionNotMet'];

/** See `SignedContainerStore.writeText`. */
export function writeText(
  handle: ContainerHandle,
  blob: string,
  text: string,
  { metadata, ...condition }: WriteOptions = {},
): Promise<{ etag: string } | 'conflict'> {
  const blobContentType = `${blob.endsWith('.json') ? 'application/json' : 'text/plain'}; charset=utf-8`;
  return writeUnder(condition, () =>
    handle.call({ action: 'write the blob', blob }, (abortSignal) =>
      handle.client.getBlockBlobClient(blob).upload(text, Buffer.byteLength(text), {
        abortSignal,
        conditions: { ...condition },
        ...(metadata ? { metadata } : {}),
        blobHTTPHeaders: { blobContentType },
      }),
    ),
  );
}

/** See `SignedContainerStore.setMetadata`. */
export function setMetadata(
  handle: ContainerHandle,
  blob: string,
  metadata: Record<string, string>,
  ifMatch: string,
): Promise<{ etag: string } | 'conflict'> {
  return writeUnder({ ifMatch }, () =>
    handle.call({ action: 'set the metadata', blob }, (abortSignal) =>
      handle.client.getBlobClient(blob).setMetadata(metadata, { abortSignal, conditions: { ifMatch } }),
    ),
  );
}

/** See `SignedContainerStore.delete`. */
export async function deleteBlob(handle: ContainerHandle, blob: string): Promise<void> {
  await unlessCode(['BlobNotFound'], () =>
    handle.call({ action: 'delete the blob', blob }, (abortSignal) =>
      handle.client.getBlobClient(blob).delete({ abortSignal, deleteSnapshots: 'include' }),
    ),
  );
}

/** The new ETag, or `conflict` when the write failed by its own condition; without one nothing is a conflict. */
export async function writeUnder(
  condition: WriteCondition,
  write: () => Promise<{ etag?: string | undefined }>,
): Promise<{ etag: string } | 'conflict'> {
  const hasCondition = condition.ifMatch !== undefined || condition.ifNoneMatch !== undefined;
  const codes = hasCondition ? CONDITION_CODES : [];
  // A blob that was seen with an ETag and is gone is not the one that was seen.
  const written = await unlessCode(condition.ifMatch === undefined ? codes : [...codes, 'BlobNotFound'], write);
  return written ? { etag: written.etag ?? '' } : 'conflict';
}

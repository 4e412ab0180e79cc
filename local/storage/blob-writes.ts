import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { CommittedBlob } from '../event-grid/blob-created.ts';
import type { StorageAccountName } from '../names.ts';
import { operationOf } from './operation.ts';
import { readBlobFacts, type Upstream } from './upstream.ts';

/** Who is to hear of blobs that are committed. */
export interface BlobWatcher {
  /** Whether anybody wants to hear of such a blob; nothing is asked about those that nobody does. */
  isWanted(blob: Pick<CommittedBlob, 'account' | 'container' | 'blob'>): boolean;
  publish(blob: CommittedBlob): void;
}

/** A request that makes or replaces a blob when it succeeds. */
export type BlobWrite = Pick<CommittedBlob, 'account' | 'container' | 'blob' | 'api'>;

/**
 * The blob that a request commits, or `undefined`: only Put Blob, Put Block List and Copy Blob tell of a blob. A block,
 * an appended block or page, metadata, tags, a lease or a snapshot does not.
 */
export function blobWriteOf(
  method: string | undefined,
  url: URL,
  headers: IncomingHttpHeaders,
  account: StorageAccountName,
): BlobWrite | undefined {
  const { level, container, blob } = operationOf(method, url);
  if (method !== 'PUT' || level !== 'o' || container === undefined || blob === undefined) return undefined;
  const comp = url.searchParams.get('comp')?.toLowerCase() ?? '';
  if (comp === 'blocklist') return { account, container, blob, api: 'PutBlockList' };
  if (comp !== '') return undefined;
  return { account, container, blob, api: headers['x-ms-copy-source'] === undefined ? 'PutBlob' : 'CopyBlob' };
}

/**
 * Tells of a blob once storage has committed it, as the answer says: not one that was refused, nor a copy that still goes
 * on. Type and length are those of the blob by then.
 */
export async function tellOfBlob(
  write: BlobWrite,
  answer: IncomingMessage,
  { watcher, upstream }: { watcher: BlobWatcher; upstream: Upstream },
): Promise<void> {
  const { statusCode = 0, headers } = answer;
  const isCommitted = statusCode >= 200 && statusCode < 300 && headers['x-ms-copy-status'] !== 'pending';
  if (!isCommitted || !watcher.isWanted(write)) return;
  const { account, container, blob } = write;
  const facts = await readBlobFacts(upstream, account, container, blob);
  watcher.publish({
    ...write,
    ...facts,
    etag: headers.etag ?? '',
    requestId: textOf(headers['x-ms-request-id']) ?? '',
    clientRequestId: textOf(headers['x-ms-client-request-id']),
  });
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

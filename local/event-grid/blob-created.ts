import { randomUUID } from 'node:crypto';
import { STORAGE_CLOUD, type StorageAccountName, storageAccountId } from '../names.ts';
import type { GridEvent } from './grid-event.ts';

/** A blob that storage has committed. */
export interface CommittedBlob {
  account: StorageAccountName;
  container: string;
  /** Decoded. */
  blob: string;
  api: 'PutBlob' | 'PutBlockList' | 'CopyBlob';
  /** As storage answers it, with or without quotes. */
  etag: string;
  contentType: string;
  contentLength: number;
  blobType: string;
  requestId: string;
  clientRequestId: string | undefined;
}

const SEQUENCER_DIGITS = 16;
let lastSequence = 0n;

/** Topic and subject of the events of a blob: what subscriptions choose by. */
export function placeOf({ account, container, blob }: Pick<CommittedBlob, 'account' | 'container' | 'blob'>) {
  return {
    topic: storageAccountId(account),
    subject: `/blobServices/default/containers/${container}/blobs/${blob}`,
    eventType: 'Microsoft.Storage.BlobCreated',
  };
}

/**
 * The event that tells of a blob, with the fields of the service:
 * https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage. `sequencer` grows from event to event, over
 * restarts too, as long as the clock does not go back.
 */
export function formatBlobCreated(blob: CommittedBlob): GridEvent {
  const { account, container, api, requestId, clientRequestId, contentType, contentLength, blobType } = blob;
  const path = [container, ...blob.blob.split('/')].map(encodeURIComponent).join('/');
  return {
    ...placeOf(blob),
    eventTime: new Date().toISOString(),
    id: `${requestId.slice(0, 24)}${randomUUID().slice(24)}`,
    data: {
      api,
      ...(clientRequestId === undefined ? {} : { clientRequestId }),
      requestId,
      eTag: blob.etag.replaceAll('"', ''),
      contentType,
      contentLength,
      blobType,
      url: `https://${account}.blob.${STORAGE_CLOUD[account]}.test/${path}`,
      sequencer: nextSequencer(),
      storageDiagnostics: { batchId: randomUUID() },
    },
    dataVersion: '',
    metadataVersion: '1',
  };
}

/** Compared as text, as the service's are: a fixed width, later ones greater. */
function nextSequencer(): string {
  const now = BigInt(Date.now()) << 16n;
  lastSequence = now > lastSequence ? now : lastSequence + 1n;
  return lastSequence
    .toString(16)
    .padStart(2 * SEQUENCER_DIGITS, '0')
    .padEnd(3 * SEQUENCER_DIGITS, '0');
}

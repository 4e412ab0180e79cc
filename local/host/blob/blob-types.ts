import type { BlobServiceClient } from '@azure/storage-blob';
import type { RegisteredFunction } from '../app-model.ts';
import type { BlobPath } from './blob-path.ts';

/** Who tells a trigger of its blobs: Event Grid by the webhook, or the host's own listing. */
export type BlobSource = 'EventGrid' | 'LogsAndContainerScan';

/** What a function gets for a blob: its names for a client of its own, its bytes, or its bytes as UTF-8 text. */
export type BlobInputKind = 'names' | 'bytes' | 'text';

/** A blob function with where its blobs are. */
export interface BlobTrigger {
  fn: RegisteredFunction;
  bindingName: string;
  connection: string;
  source: BlobSource;
  input: BlobInputKind;
  path: BlobPath;
  service: BlobServiceClient;
}

/** What is known of a blob without reading it. */
export interface FoundBlob {
  container: string;
  name: string;
  metadata?: Record<string, string> | undefined;
  properties: {
    etag: string;
    contentLength?: number | undefined;
    lastModified: Date;
    contentMD5?: Uint8Array | undefined;
  };
}

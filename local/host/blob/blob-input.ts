import type { Binding } from '../app-model.ts';
import { textOption } from '../app-model.ts';
import type { TypedData } from '../typed-data.ts';
import type { BlobInputKind, BlobTrigger, FoundBlob } from './blob-types.ts';

/** A blob is in memory twice while the library hands it over: the host's bytes and the function's. */
export const MAX_BLOB_INPUT_BYTES = 100 * 1024 * 1024;

/** The kind that a binding's `sdkBinding` and `dataType` ask for. Throws an Error for a data type that is none. */
export function blobInputKind(binding: Binding): BlobInputKind {
  if (binding.properties?.supportsDeferredBinding === 'true') return 'names';
  const dataType = textOption(binding, 'dataType')?.toLowerCase() ?? 'binary';
  if (dataType === 'binary') return 'bytes';
  if (dataType === 'string') return 'text';
  throw new Error(`dataType is '${dataType}'; allowed: binary, string`);
}

/**
 * The input of a function for one blob. Throws an Error that names the blob when it is larger than
 * {@link MAX_BLOB_INPUT_BYTES}, and the service's when the blob is gone (404) or was overwritten since it was found (412).
 */
export async function readBlobInput(trigger: BlobTrigger, blob: FoundBlob): Promise<TypedData> {
  if (trigger.input === 'names') return namesOf(trigger, blob);
  const { contentLength = 0, etag } = blob.properties;
  if (contentLength > MAX_BLOB_INPUT_BYTES) {
    throw new Error(
      `'${blob.container}/${blob.name}' has ${contentLength} bytes; a function without sdkBinding gets at most ${MAX_BLOB_INPUT_BYTES}`,
    );
  }
  const client = trigger.service.getContainerClient(blob.container).getBlobClient(blob.name);
  // Bytes and metadata are of one state of the blob: the one whose size was looked at.
  const bytes = await client.downloadToBuffer(0, undefined, { conditions: { ifMatch: etag } });
  return trigger.input === 'text' ? { string: bytes.toString() } : { bytes };
}

function namesOf({ connection }: BlobTrigger, blob: FoundBlob): TypedData {
  const names = { Connection: connection, ContainerName: blob.container, BlobName: blob.name };
  const content = Buffer.from(JSON.stringify(names));
  return {
    modelBindingData: { version: '1.0', source: 'AzureStorageBlobs', contentType: 'application/json', content },
  };
}

import { ResourceFactoryResolver } from '@azure/functions-extensions-base';
import { z } from 'zod';

/** What the host says of a blob that landed: names only, so that not a byte of an archive reaches the worker. */
export interface LandedBlobNames {
  container: string;
  name: string;
}

const contentSchema = z.object({ ContainerName: z.string(), BlobName: z.string() });

/** The binding source under which the host hands over blobs that are bound by reference (`sdkBinding`). */
const BLOB_SOURCE = 'AzureStorageBlobs';

/** Makes the host's references to blobs into their names, in place of a storage client. Once for each process. */
export function registerBlobNamesFactory(): void {
  ResourceFactoryResolver.getInstance().registerResourceFactory(BLOB_SOURCE, (data): LandedBlobNames => {
    const [first] = Array.isArray(data) ? data : [data];
    const { ContainerName, BlobName } = contentSchema.parse(JSON.parse(String(first?.content ?? '')));
    return { container: ContainerName, name: BlobName };
  });
}

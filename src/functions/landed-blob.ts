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
  ResourceFactoryResolver.getInstance().registerResourceFactory(BLOB_SOURCE, readBlobNames);
}

/** The names in the host's reference to a blob, or in the first of several. @throws TypeError for what is none */
export function readBlobNames(data: unknown): LandedBlobNames {
  const [first] = Array.isArray(data) ? data : [data];
  const { ContainerName, BlobName } = parseContent((first as { content?: unknown } | null | undefined)?.content);
  return { container: ContainerName, name: BlobName };
}

function parseContent(content: unknown): z.infer<typeof contentSchema> {
  try {
    return contentSchema.parse(JSON.parse(Buffer.isBuffer(content) ? content.toString() : (content as string)));
  } catch (cause) {
    throw new TypeError("The host's reference to a blob is not understood; allowed: { ContainerName, BlobName }.", {
      cause,
    });
  }
}

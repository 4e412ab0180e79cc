import { type RegisteredFunction, textOption, triggerOf } from '../app-model.ts';
import { HostStartError, messageOf } from '../errors.ts';
import type { InvocationRequest } from '../invocation-request.ts';
import { resolveSettings, type Settings } from '../settings.ts';
import { jsonData } from '../typed-data.ts';
import { connectBlobService } from './blob-connection.ts';
import { blobInputKind, readBlobInput } from './blob-input.ts';
import { parseBlobPath } from './blob-path.ts';
import type { BlobSource, BlobTrigger, FoundBlob } from './blob-types.ts';

/**
 * The blob trigger that a function has, or `undefined` when it has none. Throws {@link HostStartError} for a faulty
 * path, connection or data type.
 */
export async function blobTrigger(fn: RegisteredFunction, settings: Settings): Promise<BlobTrigger | undefined> {
  const trigger = triggerOf(fn.metadata);
  if (trigger?.binding.type.toLowerCase() !== 'blobtrigger') return undefined;
  const { name: bindingName, binding } = trigger;
  const where = `blob trigger of function '${fn.metadata.name}'`;
  const text = resolveSettings(textOption(binding, 'path') ?? '', settings, where);
  const connection = resolveSettings(textOption(binding, 'connection') ?? '', settings, where);
  try {
    const path = parseBlobPath(text);
    const source = parseSource(textOption(binding, 'source'));
    const input = blobInputKind(binding);
    const service = await connectBlobService(connection, settings, where);
    return { fn, bindingName, connection, source, input, path, service };
  } catch (error) {
    if (error instanceof HostStartError) throw error;
    throw new HostStartError(`${where}: ${messageOf(error)}`, undefined, error);
  }
}

function parseSource(text: string | undefined): BlobSource {
  const known = ['EventGrid', 'LogsAndContainerScan'] as const;
  const source = known.find((name) => name.toLowerCase() === (text ?? 'LogsAndContainerScan').toLowerCase());
  if (source === undefined) throw new Error(`source is '${text}'; allowed: ${known.join(', ')}`);
  return source;
}

/** What a function gets for a blob: see {@link readBlobInput}, and its properties as trigger metadata. */
export async function blobInvocation(
  trigger: BlobTrigger,
  blob: FoundBlob,
  captured: Record<string, string>,
): Promise<InvocationRequest> {
  const { bindingName, service } = trigger;
  const { etag, contentLength, lastModified, contentMD5 } = blob.properties;
  const properties = {
    ETag: etag,
    Length: contentLength ?? 0,
    LastModified: lastModified.toISOString(),
    ContentMD5: contentMD5 === undefined ? null : Buffer.from(contentMD5).toString('base64'),
  };
  const captures = Object.entries(captured).map(([name, value]) => [name, jsonData(value)] as const);
  return {
    inputData: [{ name: bindingName, data: await readBlobInput(trigger, blob) }],
    triggerMetadata: {
      BlobTrigger: { string: JSON.stringify(`${blob.container}/${blob.name}`) },
      Uri: jsonData(service.getContainerClient(blob.container).getBlobClient(blob.name).url),
      Properties: jsonData(properties),
      Metadata: jsonData(blob.metadata ?? {}),
      ...Object.fromEntries(captures),
    },
  };
}

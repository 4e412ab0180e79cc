import type { TokenCredential } from '@azure/core-auth';
import { AnonymousCredential, ContainerClient } from '@azure/storage-blob';
import { type Side, TransferError } from '../../domain/errors.ts';
import { isBlobName } from '../../domain/import/auto-import.ts';
import { storagePipeline } from '../client-policy.ts';
import { attempt, type CallContext } from '../errors.ts';

/** One container as the operations on its blobs see it. */
export interface ContainerHandle {
  /** Without query and trailing slash. */
  url: string;
  client: ContainerClient;
  /** A client whose every request carries these headers too. */
  clientWith(headers: Record<string, string>): ContainerClient;
  /** Runs a call on the container, or on the blob when one is named, and translates what it throws. */
  call<T>(
    what: { action: string; blob?: string } & Pick<CallContext, 'timeoutMs' | 'notFoundCode'>,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
}

const pipelines = new WeakMap<TokenCredential, ReturnType<typeof storagePipeline>>();

/** A container as an identity sees it. Handles of one credential share one pipeline, and so its tokens. */
export function containerHandle(containerUrl: string, credential: TokenCredential, side?: Side): ContainerHandle {
  const pipeline = pipelines.get(credential) ?? storagePipeline(credential);
  pipelines.set(credential, pipeline);
  const url = plainUrl(containerUrl);
  const clientWith = lastOnly((headers) => new ContainerClient(url, storagePipeline(credential, headers)));
  return handle({ url, client: new ContainerClient(url, pipeline), clientWith, side });
}

/** A container as the holder of a SAS token sees it; a leading `?` of the token does not matter. */
export function containerHandleWithSas(containerUrl: string, sasToken: string): ContainerHandle {
  const url = plainUrl(containerUrl);
  const signedUrl = `${url}?${sasToken.replace(/^\?/, '')}`;
  const open = (headers: Record<string, string>) =>
    new ContainerClient(signedUrl, storagePipeline(new AnonymousCredential(), headers));
  return handle({ url, client: open({}), clientWith: lastOnly(open), side: undefined });
}

/** The URL of a blob, its name encoded; a slash in a name stays one. */
export function blobUrl(containerUrl: string, blob: string): string {
  return `${plainUrl(containerUrl)}/${blob.split('/').map(encodeURIComponent).join('/')}`;
}

/** Runs a call; `undefined` when it fails with one of the codes (a blob that is not there). */
export async function unlessCode<T>(codes: readonly string[], run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof TransferError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

function handle(parts: Omit<ContainerHandle, 'call'> & { side: Side | undefined }): ContainerHandle {
  const { url, client, clientWith, side } = parts;
  return {
    url,
    client,
    clientWith,
    async call({ blob, ...context }, run) {
      if (blob !== undefined && !isBlobName(blob)) throw noBlobName(url, blob, side);
      return attempt({ ...context, resource: blob === undefined ? url : blobUrl(url, blob), side }, run);
    },
  };
}

function noBlobName(url: string, blob: string, side: Side | undefined): TransferError {
  const message = `'${blob}' cannot be the name of a blob of ${url}; allowed: names without . and .. between slashes.`;
  return new TransferError(message, { class: 'service', code: 'BLOB_NAME_INVALID', ...(side ? { side } : {}) });
}

/** A long copy asks for one and the same headers a thousand times; another blob's come only after it. */
function lastOnly(open: (headers: Record<string, string>) => ContainerClient): ContainerHandle['clientWith'] {
  let last: { key: string; client: ContainerClient } | undefined;
  return (headers) => {
    const key = JSON.stringify(headers);
    if (last?.key !== key) last = { key, client: open(headers) };
    return last.client;
  };
}

function plainUrl(containerUrl: string): string {
  return containerUrl.replace(/[?#].*$/, '').replace(/\/+$/, '');
}

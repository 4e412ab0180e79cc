import { Readable } from 'node:stream';
import { TransferError } from '../../domain/errors.ts';
import type { Descriptor } from '../descriptor.ts';
import { parseDigest } from '../digest.ts';
import { requireRepository } from '../names.ts';
import { digestMismatch, verified } from '../verified.ts';
import { discardBody } from './body.ts';
import { cancelUpload, startUpload } from './open-upload.ts';
import { headerOf } from './response-error.ts';
import { pullScope, pushScope } from './scopes.ts';
import type { Transport, TransportRequest } from './transport.ts';

type Blob = Pick<Descriptor, 'digest' | 'size'>;

/** True when the repository holds the blob: one HEAD. */
export async function hasBlob(
  transport: Transport,
  repository: string,
  digest: string,
  scope = pullScope(requireRepository(repository)),
): Promise<boolean> {
  parseDigest(digest);
  const request: TransportRequest = {
    method: 'HEAD',
    url: transport.urlOf(`${repository}/blobs/${digest}`),
    action: `look for blob ${digest} in ${repository}`,
    scopes: [scope],
    // A registry may answer a HEAD with the redirect that a GET would get.
    expected: [200, 307, 302, 404],
  };
  return transport.send(request, async (response) => {
    await discardBody(response);
    return response.statusCode !== 404;
  });
}

/**
 * Brings a blob into a repository unless it is there: HEAD, POST, and one streamed PUT. `content` is verified as it
 * goes out, and called again for one retry. Throws `SIZE_MISMATCH` or `DIGEST_MISMATCH` when it is not what was stated;
 * then nothing is kept.
 */
export async function uploadBlob(
  transport: Transport,
  repository: string,
  blob: Blob,
  content: () => AsyncIterable<Uint8Array>,
): Promise<'uploaded' | 'existed'> {
  requireRepository(repository);
  for (let isRetry = false; ; isRetry = true) {
    if (await hasBlob(transport, repository, blob.digest, pushScope(repository)))
      return isRetry ? 'uploaded' : 'existed';
    const location = await startUpload(transport, repository);
    try {
      await streamUpload(transport, repository, blob, location, content);
      return 'uploaded';
    } catch (error) {
      await cancelUpload(transport, repository, location);
      if (isRetry) throw error;
      await waitBeforeRetry(transport, location, error);
    }
  }
}

/** Throws what another try cannot mend. A token that ran out in mid-stream (class `access`) is mended by a new one. */
async function waitBeforeRetry(transport: Transport, url: URL, error: unknown): Promise<void> {
  if (!(error instanceof TransferError)) throw error;
  if (error.class !== 'access') await transport.waitBeforeRetry({ action: 'upload', url }, error, 0);
}

async function streamUpload(
  transport: Transport,
  repository: string,
  blob: Blob,
  location: URL,
  content: () => AsyncIterable<Uint8Array>,
): Promise<void> {
  let failed: { error: unknown } | undefined;
  async function* source() {
    try {
      yield* verified(content(), blob, `The content given for blob ${blob.digest} of ${repository}`);
    } catch (error) {
      failed = { error };
      throw error;
    }
  }
  const body = Readable.from(source(), { objectMode: false });
  try {
    // An empty body is read here, for its check, and sent as no body at all.
    if (blob.size === 0) await body.toArray();
    await finishUpload(transport, repository, blob, location, blob.size === 0 ? undefined : body);
  } catch (error) {
    body.destroy();
    throw failed?.error ?? error;
  }
}

async function finishUpload(
  transport: Transport,
  repository: string,
  blob: Blob,
  location: URL,
  body: Readable | undefined,
): Promise<void> {
  const url = new URL(location);
  // Appended as text: the rest of the query is the registry's and goes back as it came.
  url.search = `${location.search === '' ? '?' : `${location.search}&`}digest=${encodeURIComponent(blob.digest)}`;
  const request: TransportRequest = {
    method: 'PUT',
    url,
    action: `upload blob ${blob.digest} (${blob.size} bytes) to ${repository}`,
    scopes: [pushScope(repository)],
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) },
    expected: [201, 204],
    ...(body === undefined ? {} : { body }),
  };
  const found = await transport.send(request, async (response) => {
    await discardBody(response);
    return headerOf(response.headers, 'docker-content-digest');
  });
  if (found !== undefined && found !== blob.digest) {
    throw digestMismatch(`What ${url.host} kept for blob ${blob.digest} of ${repository}`, blob.digest, found);
  }
}

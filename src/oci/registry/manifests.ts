import { TransferError } from '../../domain/errors.ts';
import type { Descriptor } from '../descriptor.ts';
import { digestOf, isDigest, parseDigest } from '../digest.ts';
import { MAX_MANIFEST_BYTES, statedMediaType } from '../manifest.ts';
import { MANIFEST_ACCEPT } from '../media-types.ts';
import { formatReference, requireReference, requireRepository } from '../names.ts';
import { digestMismatch } from '../verified.ts';
import { discardBody, readBytes, type TransportResponse } from './body.ts';
import { headerOf } from './response-error.ts';
import { pullScope, pushScope } from './scopes.ts';
import type { Transport, TransportRequest } from './transport.ts';

const GENERIC_TYPES = ['', 'application/json', 'application/octet-stream', 'text/plain'];

function requestOf(
  transport: Transport,
  method: 'GET' | 'HEAD' | 'PUT',
  repository: string,
  reference: string,
): TransportRequest {
  requireRepository(repository);
  const verb = { GET: 'read', HEAD: 'look for', PUT: 'write' }[method];
  return {
    method,
    url: transport.urlOf(`${repository}/manifests/${requireReference(reference)}`),
    action: `${verb} manifest ${formatReference(repository, reference)}`,
    scopes: [method === 'PUT' ? pushScope(repository) : pullScope(repository)],
    headers: method === 'PUT' ? {} : { accept: MANIFEST_ACCEPT },
    expected: [200],
  };
}

function mediaTypeOf(response: TransportResponse): string {
  return (headerOf(response.headers, 'content-type') ?? '').split(';', 1)[0]?.trim() ?? '';
}

/**
 * What a reference stands for now: one HEAD, and a GET where the answer lacks digest, size or type. `undefined` when
 * the registry has no such manifest or repository (404).
 */
export async function resolveManifest(
  transport: Transport,
  repository: string,
  reference: string,
): Promise<Descriptor | undefined> {
  const head = requestOf(transport, 'HEAD', repository, reference);
  const found = await transport.send({ ...head, expected: [200, 404] }, async (response) => {
    await discardBody(response);
    return response.statusCode === 404 ? undefined : response;
  });
  if (found === undefined) return undefined;
  const digest = headerOf(found.headers, 'docker-content-digest');
  const length = headerOf(found.headers, 'content-length');
  const mediaType = mediaTypeOf(found);
  if (digest === undefined || length === undefined || GENERIC_TYPES.includes(mediaType)) {
    return (await fetchManifest(transport, repository, reference)).descriptor;
  }
  parseDigest(digest);
  if (isDigest(reference) && digest !== reference) {
    throw digestMismatch(`What ${head.url.host} has as manifest ${repository}@${reference}`, reference, digest);
  }
  return { mediaType, digest, size: Number(length) };
}

/**
 * A manifest's bytes and descriptor. The digest is computed from the bytes and must be the one that the reference (if
 * it is a digest) and the registry state: else `DIGEST_MISMATCH`. More than 4 MiB is `MANIFEST_TOO_LARGE`; both are
 * class `artifact`. No such manifest is the registry's own code (`MANIFEST_UNKNOWN`), class `artifact`.
 */
export async function fetchManifest(
  transport: Transport,
  repository: string,
  reference: string,
): Promise<{ descriptor: Descriptor; bytes: Buffer }> {
  const request = requestOf(transport, 'GET', repository, reference);
  const what = formatReference(repository, reference);
  return transport.send(request, async (response) => {
    const bytes = await readBytes(response.body, MAX_MANIFEST_BYTES, () => tooLarge(what));
    const stated = headerOf(response.headers, 'docker-content-digest');
    const expected = isDigest(reference) ? reference : (stated ?? digestOf(bytes));
    const digest = digestOf(bytes, parseDigest(expected).algorithm);
    if (digest !== expected) {
      throw digestMismatch(
        `Manifest ${formatReference(repository, reference)} from ${request.url.host}`,
        expected,
        digest,
      );
    }
    const header = mediaTypeOf(response);
    const mediaType = GENERIC_TYPES.includes(header) ? (statedMediaType(bytes) ?? header) : header;
    return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
  });
}

function tooLarge(what: string): TransferError {
  return new TransferError(`Manifest ${what} is larger than the ${MAX_MANIFEST_BYTES} bytes allowed`, {
    class: 'artifact',
    code: 'MANIFEST_TOO_LARGE',
  });
}

/**
 * Writes a manifest by tag or digest and gives its descriptor. Throws `DIGEST_MISMATCH` before anything is sent when
 * the bytes are not those of the digest it is written by, and after it when the registry states another one.
 */
export async function putManifest(
  transport: Transport,
  repository: string,
  reference: string,
  mediaType: string,
  bytes: Uint8Array,
): Promise<Descriptor> {
  const request = requestOf(transport, 'PUT', repository, reference);
  const what = `Manifest ${formatReference(repository, reference)}`;
  const algorithm = isDigest(reference) ? parseDigest(reference).algorithm : 'sha256';
  const digest = digestOf(bytes, algorithm);
  if (isDigest(reference) && digest !== reference) throw digestMismatch(what, reference, digest);
  const stated = await transport.send(
    { ...request, headers: { 'content-type': mediaType }, body: bytes, expected: [201] },
    async (response) => {
      await discardBody(response);
      return headerOf(response.headers, 'docker-content-digest');
    },
  );
  if (stated !== undefined && stated !== digestOf(bytes, parseDigest(stated).algorithm)) {
    throw digestMismatch(`${what} at ${request.url.host}`, digest, stated);
  }
  return { mediaType, digest, size: bytes.length };
}

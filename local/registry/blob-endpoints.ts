import { pipeline } from 'node:stream/promises';
import { endAfterBody } from '../http.ts';
import type { ByteRange } from './byte-range.ts';
import { parseByteRange } from './byte-range.ts';
import type { Call } from './call.ts';
import { etagOf, matchesEtag } from './entity-tag.ts';
import { RegistryError } from './errors.ts';
import { parseDigest } from './grammar.ts';

const READ_BUFFER_BYTES = 256 * 1024;

/** `GET` and `HEAD /v2/{repository}/blobs/{digest}`: all of a blob or a range of it, or 304. */
export async function readBlob(call: Call): Promise<void> {
  const { request, response } = call;
  const digest = parseDigest(call.reference);
  const sizeBytes = await call.registry.store.sizeOfBlob(call.repository, digest);
  if (sizeBytes === undefined) throw blobUnknown(call, digest);
  response.setHeader('docker-content-digest', digest);
  response.setHeader('etag', etagOf(digest));
  response.setHeader('accept-ranges', 'bytes');
  if (matchesEtag(request.headers['if-none-match'], digest)) {
    response.writeHead(304);
    endAfterBody(request, response);
    return;
  }
  const range = rangeOf(call, digest, sizeBytes);
  if (request.method === 'HEAD' || sizeBytes === 0) {
    writeHead(call, sizeBytes, range);
    endAfterBody(request, response);
  } else {
    await sendBytes(call, digest, sizeBytes, range);
  }
}

/** `DELETE /v2/{repository}/blobs/{digest}`: the repository shows the blob no more. */
export async function deleteBlob(call: Call): Promise<void> {
  const digest = parseDigest(call.reference);
  const removed = await call.registry.store.change(call.repository, (links) => links.unlinkBlob(digest));
  if (!removed) throw blobUnknown(call, digest);
  call.response.writeHead(202, { 'docker-content-digest': digest });
  endAfterBody(call.request, call.response);
}

function rangeOf(call: Call, digest: string, sizeBytes: number): ByteRange | undefined {
  const { 'if-range': ifRange, range: header } = call.request.headers;
  if (ifRange !== undefined && ifRange !== etagOf(digest)) return undefined;
  const range = parseByteRange(header, sizeBytes);
  if (range !== 'unsatisfiable') return range;
  throw new RegistryError('RANGE_INVALID', `range ${header}: the blob has ${sizeBytes} bytes`, {
    headers: { 'content-range': `bytes */${sizeBytes}` },
  });
}

function writeHead(call: Call, sizeBytes: number, range: ByteRange | undefined): void {
  const type = { 'content-type': 'application/octet-stream' };
  if (!range) {
    call.response.writeHead(200, { ...type, 'content-length': sizeBytes });
    return;
  }
  call.response.writeHead(206, {
    ...type,
    'content-length': range.lastByte - range.firstByte + 1,
    'content-range': `bytes ${range.firstByte}-${range.lastByte}/${sizeBytes}`,
  });
}

async function sendBytes(call: Call, digest: string, sizeBytes: number, range: ByteRange | undefined): Promise<void> {
  const file = await call.registry.store.content.openFile(digest);
  if (!file) throw blobUnknown(call, digest);
  writeHead(call, sizeBytes, range);
  const bytes = file.createReadStream({
    highWaterMark: READ_BUFFER_BYTES,
    ...(range ? { start: range.firstByte, end: range.lastByte } : {}),
  });
  await pipeline(bytes, call.response);
}

function blobUnknown(call: Call, digest: string): RegistryError {
  return new RegistryError('BLOB_UNKNOWN', `repository ${call.repository} has no blob ${digest}`, {
    detail: { digest },
  });
}

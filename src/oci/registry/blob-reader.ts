import { TransferError } from '../../domain/errors.ts';
import type { Descriptor } from '../descriptor.ts';
import { parseDigest } from '../digest.ts';
import { requireRepository } from '../names.ts';
import { sizeMismatch, verified } from '../verified.ts';
import { abandonBody, type TransportResponse } from './body.ts';
import { REDIRECTS, sendFollowing } from './redirects.ts';
import { headerOf } from './response-error.ts';
import { pullScope } from './scopes.ts';
import type { Transport, TransportRequest } from './transport.ts';

/** However little each connection brings, a blob is not read in more pieces than this. */
const MAX_CONNECTIONS = 30;

/** A stretch of a blob: `offset` and `length` in bytes. */
export interface ByteRange {
  offset: number;
  length: number;
}

/**
 * The bytes of a registry blob, or of a range of it. A cut connection resumes where it broke, as often in a row as the
 * transport retries, and up to 29 times in all where each try brings something. A whole read verifies digest and size; a part can only be checked against the stated size.
 */
export async function* readBlob(
  transport: Transport,
  repository: string,
  blob: Pick<Descriptor, 'digest' | 'size'>,
  range: ByteRange = { offset: 0, length: blob.size },
): AsyncGenerator<Uint8Array, void, undefined> {
  requireRepository(repository);
  parseDigest(blob.digest);
  const end = range.offset + range.length;
  if (!(range.offset >= 0 && range.length >= 0 && end <= blob.size)) {
    throw new RangeError(`range ${range.offset}+${range.length} lies outside a blob of ${blob.size} bytes`);
  }
  const isWhole = range.length === blob.size;
  if (range.length === 0 && !isWhole) return;
  const content = readResuming(transport, repository, blob, range.offset, end);
  yield* isWhole ? verified(content, blob, `Blob ${blob.digest} of ${repository}`) : content;
}

async function* readResuming(
  transport: Transport,
  repository: string,
  blob: Pick<Descriptor, 'digest' | 'size'>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const request = requestOf(transport, repository, blob.digest);
  let position = start;
  let attempt = 0;
  for (let connections = 1; ; connections += 1) {
    const before = position;
    // Not within `try`: opening has had its retries.
    const content = await openAt(transport, request, blob, position, end);
    try {
      for await (const chunk of content) {
        position += chunk.length;
        yield chunk;
      }
      if (position === end) return;
      throw endedEarly(request, position, end);
    } catch (error) {
      // Bytes that came show that the registry is alive: only tries in a row without any count.
      if (position > before) attempt = 0;
      await transport.waitBeforeRetry(
        request,
        error,
        connections < MAX_CONNECTIONS ? attempt : Number.POSITIVE_INFINITY,
      );
      attempt += 1;
    }
  }
}

function endedEarly(request: TransportRequest, position: number, end: number): TransferError {
  const where = `byte ${position} of ${end}`;
  return new TransferError(`Could not ${request.action} at ${request.url.host}: it ended at ${where}`, {
    class: 'transient',
    code: 'CONNECTION_FAILED',
  });
}

function requestOf(transport: Transport, repository: string, digest: string): TransportRequest {
  return {
    method: 'GET',
    url: transport.urlOf(`${repository}/blobs/${digest}`),
    action: `read blob ${digest} of ${repository}`,
    scopes: [pullScope(repository)],
    expected: [200, 206, ...REDIRECTS],
  };
}

/** Asks for `position` to `end` and gives what one answer brings of it; that may end early without an error. */
async function openAt(
  transport: Transport,
  request: TransportRequest,
  blob: Pick<Descriptor, 'digest' | 'size'>,
  position: number,
  end: number,
): Promise<AsyncIterable<Uint8Array>> {
  const isWhole = position === 0 && end === blob.size;
  const headers: Record<string, string> = isWhole ? {} : { range: `bytes=${position}-${end - 1}` };
  const response = await sendFollowing(transport, { ...request, headers, expected: [...request.expected, 416] });
  checkStatedSize(request, response, blob, position);
  const isExact = isWhole || response.statusCode === 206;
  const tooLong = () => sizeMismatch(describe(request), blob.size, 'more');
  // A registry may ignore the range and send all.
  const toSkip = response.statusCode === 200 ? position : 0;
  return cut(response.body, toSkip, end - position, isExact ? tooLong : undefined);
}

/** `length` bytes after the first `toSkip`; what comes beyond them is thrown as `tooLong`, or left unread without it. */
async function* cut(
  body: AsyncIterable<Uint8Array>,
  toSkip: number,
  length: number,
  tooLong: (() => TransferError) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let skipLeft = toSkip;
  let left = length;
  for await (const bytes of body) {
    const chunk = bytes.subarray(skipLeft);
    skipLeft -= bytes.length - chunk.length;
    if (chunk.length > left && tooLong !== undefined) throw tooLong();
    if (chunk.length > 0) yield chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= chunk.length;
    if (left <= 0 && tooLong === undefined) return;
  }
}

function describe(request: TransportRequest): string {
  return `What came for '${request.action}' at ${request.url.host}`;
}

function checkStatedSize(
  request: TransportRequest,
  response: TransportResponse,
  blob: Pick<Descriptor, 'size'>,
  position: number,
): void {
  const found = statedSize(response);
  const [, first] = /^bytes (\d+)-/.exec(headerOf(response.headers, 'content-range') ?? '') ?? [];
  if (response.statusCode === 206 && first !== undefined && Number(first) !== position) {
    abandonBody(response);
    throw new TransferError(`${describe(request)} starts at byte ${first} where ${position} was asked`, {
      class: 'service',
      code: 'RANGE_INVALID',
    });
  }
  if (response.statusCode !== 416 && (found === undefined || found === blob.size)) return;
  abandonBody(response);
  throw sizeMismatch(describe(request), blob.size, found ?? 'fewer');
}

/** The size of the whole blob as the answer states it. */
function statedSize(response: TransportResponse): number | undefined {
  const header = headerOf(response.headers, response.statusCode === 200 ? 'content-length' : 'content-range');
  const [, digits] = /(?<!\d)(\d+)$/.exec(header ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
}

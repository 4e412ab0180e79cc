import { TransferError } from '../../domain/errors.ts';
import type { Descriptor } from '../descriptor.ts';
import { parseDigest } from '../digest.ts';
import { requireRepository } from '../names.ts';
import { sizeMismatch, verified } from '../verified.ts';
import { abandonBody, discardBody } from './body.ts';
import { headerOf } from './response-error.ts';
import { pullScope } from './scopes.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

const REDIRECTS = [301, 302, 303, 307, 308];
const MAX_REDIRECTS = 5;

/** A stretch of a blob: `offset` and `length` in bytes. */
export interface ByteRange {
  offset: number;
  length: number;
}

/**
 * The bytes of a registry blob, or of a range of it. A cut connection resumes where it broke, as often as the transport
 * retries without progress. A whole read verifies digest and size; a part can only be checked against the stated size.
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
  for (let attempt = 0; ; ) {
    const before = position;
    try {
      for await (const chunk of readFrom(transport, request, blob, position, end)) {
        position += chunk.length;
        yield chunk;
      }
      if (position === end) return;
      throw new TransferError(
        `Could not ${request.action} at ${request.url.host}: it ended at byte ${position} of ${end}`,
        {
          class: 'transient',
          code: 'CONNECTION_FAILED',
        },
      );
    } catch (error) {
      // Bytes that came show that the registry is alive: only tries in a row without any count.
      attempt = position > before ? 0 : attempt;
      await transport.waitBeforeRetry(request, error, attempt);
      attempt += 1;
    }
  }
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

/** One answer's share of `position` to `end`; it may end early without an error. */
async function* readFrom(
  transport: Transport,
  request: TransportRequest,
  blob: Pick<Descriptor, 'digest' | 'size'>,
  position: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const isWhole = position === 0 && end === blob.size;
  const headers: Record<string, string> = isWhole ? {} : { range: `bytes=${position}-${end - 1}` };
  const response = await sendFollowing(transport, { ...request, headers, expected: [...request.expected, 416] });
  await checkStatedSize(request, response, blob, position);
  // A registry may ignore the range and send all.
  let toSkip = response.statusCode === 200 ? position : 0;
  let left = end - position;
  for await (const bytes of response.body) {
    const chunk: Uint8Array = toSkip === 0 ? bytes : bytes.subarray(toSkip);
    toSkip -= bytes.length - chunk.length;
    if (chunk.length > left && (isWhole || response.statusCode === 206)) {
      throw sizeMismatch(describe(request), blob.size, 'more');
    }
    if (chunk.length > 0) yield chunk.length > left ? chunk.subarray(0, left) : chunk;
    left -= chunk.length;
    if (left <= 0 && !isWhole) return;
  }
}

function describe(request: TransportRequest): string {
  return `What came for '${request.action}' at ${request.url.host}`;
}

async function checkStatedSize(
  request: TransportRequest,
  response: TransportResponse,
  blob: Pick<Descriptor, 'size'>,
  position: number,
): Promise<void> {
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
  const [, digits] = /(\d+)$/.exec(header ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Follows redirects, to other hosts without credentials; never from https to http. */
async function sendFollowing(transport: Transport, request: TransportRequest): Promise<TransportResponse> {
  let next = request;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const response = await transport.send(next, (answer) => answer);
    if (!REDIRECTS.includes(response.statusCode)) return response;
    const location = headerOf(response.headers, 'location') ?? '';
    await discardBody(response);
    next = redirected(transport, next, location);
  }
  throw refusedRedirect(request, `more than ${MAX_REDIRECTS} redirects`);
}

function redirected(transport: Transport, request: TransportRequest, location: string): TransportRequest {
  const url = URL.parse(location, request.url.href);
  if (url === null) throw refusedRedirect(request, 'a redirect to no URL');
  const isSafer = url.protocol === 'https:' || (url.protocol === 'http:' && request.url.protocol === 'http:');
  if (!isSafer) throw refusedRedirect(request, `a redirect from ${request.url.protocol} to ${url.protocol}`);
  // Once away there is no way back in with credentials: the other host chose the URL.
  const isAnonymous = request.isAnonymous === true || url.origin !== transport.endpoint.origin;
  return { ...request, url, isAnonymous };
}

function refusedRedirect(request: TransportRequest, found: string): TransferError {
  return new TransferError(`Could not ${request.action}: ${request.url.host} answered with ${found}`, {
    class: 'service',
    code: 'REDIRECT_REFUSED',
  });
}

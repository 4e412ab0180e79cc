import { isIP } from 'node:net';
import { z } from 'zod';

/** A blob that an event names. */
export interface NamedBlob {
  container: string;
  blobName: string;
  /** With its quotes; empty where the event has none. */
  etag: string;
  blobType: string;
}

/** A request body that holds no events, or no validation code. The message says what was found and what is allowed. */
export class MalformedEventError extends Error {
  override readonly name = 'MalformedEventError';
}

const EVENT = z.object({
  data: z.object({
    url: z.string(),
    blobType: z.enum(['BlockBlob', 'PageBlob', 'AppendBlob']),
    eTag: z.string().optional(),
  }),
});
const VALIDATION = z.object({ data: z.object({ validationCode: z.string() }) });

/**
 * The blobs that a delivery names: an array in Event Grid's schema, or one CloudEvent. Of each event only `data` counts,
 * as in the blobs extension: neither its type nor its subject. Throws {@link MalformedEventError} when any is no event.
 */
export function parseBlobEvents(body: string): NamedBlob[] {
  const found = parseJson(body);
  const events = Array.isArray(found) ? found : [found];
  return events.map((event, index) => {
    const { url, blobType, eTag = '' } = check(EVENT, event, index).data;
    return { ...parseBlobUrl(url), etag: eTag === '' ? '' : `"${eTag.replaceAll('"', '')}"`, blobType };
  });
}

/** The code that a new subscription is validated with. Throws {@link MalformedEventError} when there is none. */
export function parseValidationCode(body: string): string {
  const found = parseJson(body);
  if (Array.isArray(found)) return check(VALIDATION, found[0], 0).data.validationCode;
  // The data of a CloudEvent that validates is JSON within JSON.
  const { data } = check(z.object({ data: z.unknown() }), found, 0);
  const inner = typeof data === 'string' ? parseJson(data) : data;
  return check(VALIDATION, { data: inner }, 0).data.validationCode;
}

function parseBlobUrl(text: string): Pick<NamedBlob, 'container' | 'blobName'> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const path = url?.pathname.split('/').slice(1) ?? [];
  // An address instead of a name: the account is the first part of the path.
  const [container = '', ...blob] = url !== undefined && isIP(url.hostname) !== 0 ? path.slice(1) : path;
  const blobName = decode(blob.join('/'));
  if (container === '' || !blobName) {
    throw new MalformedEventError(`data.url is '${text}'; allowed: the URL of a blob`);
  }
  return { container, blobName };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedEventError('the body is not valid JSON; allowed: an array of events, or one CloudEvent');
  }
}

function check<T>(schema: z.ZodType<T>, value: unknown, index: number): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new MalformedEventError(`event ${index}: ${issue?.path.join('.') || '(all)'}: ${issue?.message}`);
}

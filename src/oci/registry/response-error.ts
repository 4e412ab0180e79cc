import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { classOfStatus, TransferError } from '../../domain/errors.ts';

const MAX_ERROR_BODY_BYTES = 64 * 1024;
const CORRELATION_HEADERS = ['x-ms-correlation-request-id', 'x-ms-request-id', 'docker-distribution-request-id'];

const errorsSchema = z.object({
  errors: z.array(z.object({ code: z.string().optional(), message: z.string().nullish() })).min(1),
});

/** A single value of a response header, `undefined` where it is absent; of several the first. */
export function headerOf(headers: Dispatcher.ResponseData['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Milliseconds of a `Retry-After` header, seconds or a date; `undefined` where there is none or it says nothing. */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

async function readErrorText(response: Dispatcher.ResponseData): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_ERROR_BODY_BYTES) break;
    }
  } catch {
    // The status is what matters; a body that breaks off only shortens the message.
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseErrorText(text: string): { code?: string; message: string } {
  try {
    const parsed = errorsSchema.safeParse(JSON.parse(text));
    const first = parsed.success ? parsed.data.errors[0] : undefined;
    if (first !== undefined) {
      const code = first.code !== undefined && /^[A-Z][A-Z0-9_]{1,63}$/.test(first.code) ? first.code : undefined;
      return { ...(code === undefined ? {} : { code }), message: (first.message ?? '').slice(0, 500) };
    }
  } catch {
    // No JSON: a proxy's page, or nothing.
  }
  return { message: /^\s*</.test(text) ? '' : text.trim().slice(0, 200) };
}

/**
 * The error of an answer with an unexpected status, its body consumed: class by `classOfStatus` (404 is `artifact`),
 * the registry's own code (`HTTP_<status>` where it gave none), the correlation id and `Retry-After`. `action` is what
 * was attempted and on what.
 */
export async function errorOfResponse(
  action: string,
  host: string,
  response: Dispatcher.ResponseData,
): Promise<TransferError> {
  const { code, message } = parseErrorText(await readErrorText(response));
  const status = response.statusCode;
  const correlationId = CORRELATION_HEADERS.map((name) => headerOf(response.headers, name)).find((id) => id);
  const retryAfterMs = parseRetryAfterMs(headerOf(response.headers, 'retry-after'), Date.now());
  const said = [code, message].filter((part) => part !== undefined && part !== '').join(': ');
  return new TransferError(`Could not ${action} at ${host}: status ${status}${said === '' ? '' : `, ${said}`}`, {
    class: classOfStatus(status, 'artifact'),
    code: code ?? `HTTP_${status}`,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

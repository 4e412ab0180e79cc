import { request } from 'undici';
import { TransferError } from '../../domain/errors.ts';
import { ForeignAnswerError } from '../foreign-answer.ts';

const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Posts a form to a token endpoint through undici's global dispatcher and gives one text field of the JSON answer.
 * Redirects are not followed. Another status than 200 is a `ForeignAnswerError`; an answer without the field a
 * `TransferError` of class `service`, code `TOKEN_INVALID`. Neither holds anything of the form.
 */
export async function postForm(options: {
  url: string;
  form: Record<string, string>;
  field: string;
  userAgent: string;
  signal: AbortSignal;
}): Promise<string> {
  const { url, form, field, signal } = options;
  const response = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': options.userAgent },
    body: new URLSearchParams(form).toString(),
    signal,
  });
  const bodyAsText = await readText(response.body);
  if (response.statusCode !== 200) {
    const get = (name: string) => [response.headers[name]].flat()[0];
    throw new ForeignAnswerError({ status: response.statusCode, headers: { get }, bodyAsText });
  }
  return readField(bodyAsText, field, url);
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > MAX_ANSWER_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readField(text: string, field: string, url: string): string {
  const value = parseObject(text)[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new TransferError(`ask for a token on ${url}: the answer has no ${field}`, {
    class: 'service',
    code: 'TOKEN_INVALID',
  });
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

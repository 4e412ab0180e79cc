import type { IncomingMessage } from 'node:http';
import { subjectOf } from './identity.ts';

const MAX_BYTES = 64 * 1024;

/**
 * Who asks a registry for a token: the calls for one have their credentials in a form, not in a header. Gives, once the
 * body has come, the object id or user name in it; `undefined` where it has none. Must be called before the request's
 * body is asked for.
 */
export function watchForm(request: IncomingMessage): () => string | undefined {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    sizeBytes += chunk?.length ?? 0;
    if (chunk !== null && sizeBytes <= MAX_BYTES) chunks.push(chunk);
    return push(chunk, encoding);
  };
  return () => identityOfForm(new URLSearchParams(Buffer.concat(chunks).toString()));
}

function identityOfForm(form: URLSearchParams): string | undefined {
  const token = form.get('access_token') ?? form.get('refresh_token');
  return token === null ? (form.get('username') ?? undefined) : subjectOf(token);
}

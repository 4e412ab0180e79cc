import type { IncomingMessage, ServerResponse } from 'node:http';
import { headerIn } from '../calls/meter.ts';

/** The request is executed, nothing of its answer goes out, and the connection ends where the answer would have. */
export function swallowAnswer(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead = (() => response) as typeof response.writeHead;
  response.flushHeaders = () => undefined;
  response.write = (() => true) as typeof response.write;
  response.end = (() => {
    request.socket.destroy();
    return response;
  }) as typeof response.end;
}

/** One bit of the body's first piece is wrong; an answer without a body stays as it is. */
export function corruptBody(response: ServerResponse, random: () => number): void {
  const { write, end } = response;
  let isDone = false;
  const corrupt = (chunk: unknown): unknown => {
    const bytes = toBytes(chunk);
    if (isDone || bytes.length === 0) return chunk;
    isDone = true;
    const at = Math.floor(random() * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  response.write = ((chunk: unknown, ...rest: unknown[]) =>
    Reflect.apply(write, response, [corrupt(chunk), ...rest])) as typeof write;
  response.end = ((chunk: unknown, ...rest: unknown[]) =>
    Reflect.apply(end, response, [corrupt(chunk), ...rest])) as typeof end;
}

/**
 * The body ends after half of its `Content-Length` (of its first piece where none is stated), or after `afterBytes`,
 * and the connection with it. A body that is not longer, or an answer without one, stays as it is.
 */
export function truncateBody(request: IncomingMessage, response: ServerResponse, afterBytes?: number): void {
  const { write, end } = response;
  const statedBytes = watchLength(response);
  let leftBytes = afterBytes;
  let isCut = false;
  const take = (chunk: unknown): boolean => {
    const bytes = toBytes(chunk);
    if (isCut || bytes.length === 0) return true;
    leftBytes ??= Math.floor((statedBytes() ?? bytes.length) / 2);
    isCut = bytes.length > leftBytes;
    const kept = bytes.subarray(0, leftBytes);
    leftBytes -= kept.length;
    return isCut ? sendLast(kept) : Reflect.apply(write, response, [kept]);
  };
  const sendLast = (kept: Buffer): boolean => {
    const cut = () => request.socket.destroy();
    if (kept.length > 0) return Reflect.apply(write, response, [kept, cut]);
    response.flushHeaders();
    setImmediate(cut);
    return true;
  };
  response.write = take as typeof write;
  response.end = ((chunk: unknown) => {
    take(chunk);
    return isCut ? response : Reflect.apply(end, response, []);
  }) as typeof end;
}

/** What the answer says its body's length is, once its head has been written. */
function watchLength(response: ServerResponse): () => number | undefined {
  const { writeHead } = response;
  let length: string | undefined;
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    length = headerIn(rest.at(-1), 'content-length');
    return Reflect.apply(writeHead, response, [status, ...rest]);
  }) as typeof writeHead;
  return () => {
    const stated = length ?? response.getHeader('content-length');
    return stated === undefined ? undefined : Number(stated);
  };
}

/** A copy, or nothing where there is no body. */
function toBytes(chunk: unknown): Buffer {
  return typeof chunk === 'string' || chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.alloc(0);
}

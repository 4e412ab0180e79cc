import type { Dispatcher } from 'undici';
import type { TransferError } from '../../domain/errors.ts';

/** An answer with its body still to be consumed. */
export type TransportResponse = Dispatcher.ResponseData;

/** All bytes of a body; throws what `tooLarge` makes as soon as there are more than `limitBytes`. */
export async function readBytes(
  body: AsyncIterable<Uint8Array>,
  limitBytes: number,
  tooLarge: () => TransferError,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads a short body to its end and throws it away, so that the connection can serve again. */
export async function discardBody(response: TransportResponse): Promise<void> {
  await response.body.dump();
}

/** Gives a body up unread, and its connection with it. */
export function abandonBody(response: TransportResponse): void {
  // Without a listener the stream's own "aborted" error would end the process.
  response.body.on('error', () => undefined).destroy();
}

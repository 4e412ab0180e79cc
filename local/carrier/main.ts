import { text } from 'node:stream/consumers';
import { ContainerClient } from '@azure/storage-blob';
import { bringFiles, takeFiles } from './copy-files.ts';
import { type CarriedFile, type CarrierOrder, orderSchema } from './order.ts';

/**
 * The carrier's process: reads one order from standard input (a token is no argument), copies, and answers with one line
 * of JSON on standard output. It knows one side only: that of its token and of the proxy in its environment.
 */
const TOKEN_REUSE_MS = 3_000_000;

async function carry({ direction, disk, token, items }: CarrierOrder): Promise<CarriedFile[]> {
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + TOKEN_REUSE_MS }) };
  const copy = direction === 'take' ? takeFiles : bringFiles;
  const carried: CarriedFile[] = [];
  for (const item of items) carried.push(...(await copy(new ContainerClient(item.container, credential), item, disk)));
  return carried;
}

try {
  const carried = await carry(orderSchema.parse(JSON.parse(await text(process.stdin))));
  process.stdout.write(`${JSON.stringify({ carried })}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`);
  process.exitCode = 1;
}

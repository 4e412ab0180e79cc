import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { answerSchema, type CarriedFile, type CarrierOrder } from './order.ts';

/** How the carrier finds the one side that it works on. */
export interface CarrierPlace {
  /** Loopback port of that side's proxy. */
  proxyPort: number;
  /** File of the authority that the side's certificates are signed by. */
  caPath: string;
}

/** Runs the carrier once, in a process of its own. Rejects with what it said, or with its exit code. */
export async function runCarrier(order: CarrierOrder, { proxyPort, caPath }: CarrierPlace): Promise<CarriedFile[]> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'main.ts')],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
        NO_PROXY: '127.0.0.1,localhost',
        NODE_EXTRA_CA_CERTS: caPath,
      },
      detached: true,
    },
  );
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.stdin.end(JSON.stringify(order));
  const said = await text(child.stdout);
  const code = await exited;
  if (said === '') throw new Error(`The carrier ended with exit code ${code} and said nothing.`);
  const answer = answerSchema.parse(JSON.parse(said));
  if ('error' in answer) throw new Error(`The carrier could not ${order.direction} what it was asked: ${answer.error}`);
  return answer.carried;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const POLL_MS = 200;
const LIMIT_MS = 60_000;
const SIDES = 2;

const instancesSchema = z.array(z.object({ instanceId: z.string(), runtimeStatus: z.string(), output: z.unknown() }));

/**
 * Runs the app's rotation timer now, by the host's admin API, and waits until the rotations of both sides have ended.
 * @throws when one did not end well, or not within a minute
 */
export async function rotateTokens(url: string, masterKey: string): Promise<void> {
  const run = await fetch(`${url}/admin/functions/rotateSasTimer`, {
    method: 'POST',
    headers: { 'x-functions-key': masterKey, 'content-type': 'application/json' },
    body: JSON.stringify({ input: '' }),
  });
  await run.arrayBuffer();
  if (run.status !== 202) throw new Error(`The rotation timer could not be run: ${run.status}.`);
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const rotations = await listRotations(url, masterKey);
    const open = rotations.filter(({ runtimeStatus }) => runtimeStatus !== 'Completed');
    if (rotations.length >= SIDES && open.length === 0) return;
    if (performance.now() > deadline) throw new Error(`The SAS tokens were not rotated: ${JSON.stringify(rotations)}`);
    await sleep(POLL_MS);
  }
}

async function listRotations(url: string, masterKey: string) {
  const query = new URLSearchParams({ instanceIdPrefix: 'rotate:', code: masterKey });
  const response = await fetch(`${url}/runtime/webhooks/durabletask/instances?${query}`);
  return instancesSchema.parse(await response.json());
}

import { createHash } from 'node:crypto';
import { request } from 'undici';
import { finish } from '../measure.ts';

/**
 * Reads blobs one after the other and throws them away: what the wire and the client give without an engine. With
 * `--hash` every byte goes through sha256 as well, as it must where content is verified: the most that any engine with one
 * thread can reach.
 */
const [endpoint = '', mode, ...digests] = process.argv.slice(2);
let bytes = 0;
const startedMs = performance.now();
for (const digest of digests) {
  const { body } = await request(`${endpoint}/v2/bench/image/blobs/${digest}`);
  const hash = mode === '--hash' ? createHash('sha256') : undefined;
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length;
    hash?.update(chunk as Buffer);
  }
  if (hash && `sha256:${hash.digest('hex')}` !== digest) throw new Error(`${digest} came with other bytes`);
}
finish({ bytes, ms: performance.now() - startedMs });

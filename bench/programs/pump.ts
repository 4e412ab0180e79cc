import { request } from 'undici';
import { finish } from '../measure.ts';

/** Reads blobs one after the other and throws them away: what the wire and the client give without an engine. */
const [endpoint = '', ...digests] = process.argv.slice(2);
let bytes = 0;
const startedMs = performance.now();
for (const digest of digests) {
  const { body } = await request(`${endpoint}/v2/bench/image/blobs/${digest}`);
  for await (const chunk of body) bytes += (chunk as Buffer).length;
}
finish({ bytes, ms: performance.now() - startedMs });

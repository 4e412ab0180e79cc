import { createHash } from 'node:crypto';
import { openFileReader } from '../../src/oci/archive/file-reader.ts';
import { finish } from '../measure.ts';

/** Reads a file from one end to the other and throws it away; with `--hash` through sha256. */
const [file = '', mode] = process.argv.slice(2);
let bytes = 0;
const startedMs = performance.now();
const reader = await openFileReader(file);
const hash = mode === '--hash' ? createHash('sha256') : undefined;
for await (const chunk of reader.read(0, reader.sizeBytes)) {
  bytes += chunk.length;
  hash?.update(chunk);
}
hash?.digest();
await reader.close();
finish({ bytes, ms: performance.now() - startedMs });

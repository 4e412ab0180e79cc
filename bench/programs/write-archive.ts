import { open } from 'node:fs/promises';
import { planArchive } from '../../src/oci/archive/plan.ts';
import { readArchiveRange } from '../../src/oci/archive/write.ts';
import { RegistryClient } from '../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../src/oci/token-source.ts';
import { finish } from '../measure.ts';

/** Writes an image as an archive: plan, read, verify, lay out; into a file where one is named, else into nothing. */
const [endpoint = '', path] = process.argv.slice(2);
const registry = new RegistryClient({ endpoint, tokens: passwordTokenSource('bench', 'bench') });
const file = path === undefined ? undefined : await open(path, 'w');
let bytes = 0;
const startedMs = performance.now();
const plan = await planArchive(registry, [{ repository: 'bench/image', tag: 'v1' }]);
for await (const chunk of readArchiveRange(plan, registry)) {
  bytes += chunk.length;
  await file?.write(chunk);
}
await file?.close();
finish({ bytes, ms: performance.now() - startedMs });

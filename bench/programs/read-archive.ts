import { importArchive } from '../../src/oci/archive/import.ts';
import { planArchive } from '../../src/oci/archive/plan.ts';
import { openArchive } from '../../src/oci/archive/read.ts';
import { readArchiveRange } from '../../src/oci/archive/write.ts';
import { RegistryClient } from '../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../src/oci/token-source.ts';
import { finish } from '../measure.ts';

/**
 * Reads an archive as an import does: opens it, verifies every blob, hands it to a registry that keeps nothing. The
 * archive is written as it is read, so that no disk of its size is needed.
 */
const [endpoint = ''] = process.argv.slice(2);
const registry = new RegistryClient({ endpoint, tokens: passwordTokenSource('bench', 'bench') });
const plan = await planArchive(registry, [{ repository: 'bench/image', tag: 'v1' }]);
const reader = {
  sizeBytes: plan.lengthBytes,
  read: (offset: number, length: number) => readArchiveRange(plan, registry, { offset, length }),
};
let bytes = 0;
const nowhere = {
  resolve: async () => undefined,
  hasBlob: async () => false,
  mountBlob: async () => false,
  async uploadBlob(_repository: string, _blob: unknown, content: () => AsyncIterable<Uint8Array>) {
    for await (const chunk of content()) bytes += chunk.length;
    return 'uploaded' as const;
  },
  putManifest: async (_repository: string, _reference: string, mediaType: string, manifest: Uint8Array) => ({
    mediaType,
    digest: '',
    size: manifest.length,
  }),
};
const startedMs = performance.now();
const archive = await openArchive(reader);
await importArchive(archive, nowhere, { overwriteTags: false, continueOnErrors: false });
finish({ bytes, ms: performance.now() - startedMs });

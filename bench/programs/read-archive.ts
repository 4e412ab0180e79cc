import { openFileReader } from '../../src/oci/archive/file-reader.ts';
import { importArchive } from '../../src/oci/archive/import.ts';
import { openArchive } from '../../src/oci/archive/read.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { verified } from '../../src/oci/verified.ts';
import { finish } from '../measure.ts';

/**
 * Reads an archive from a file as an import does: opens it, hands every blob to a registry that keeps nothing, which
 * verifies what it is handed as the real client does.
 */
const [file = ''] = process.argv.slice(2);
let bytes = 0;
const nowhere = {
  resolve: async () => undefined,
  hasBlob: async () => false,
  mountBlob: async () => false,
  async uploadBlob(_repository: string, blob: Descriptor, content: () => AsyncIterable<Uint8Array>) {
    for await (const chunk of verified(content(), blob, blob.digest)) bytes += chunk.length;
    return 'uploaded' as const;
  },
  putManifest: async (_repository: string, _reference: string, mediaType: string, manifest: Uint8Array) => ({
    mediaType,
    digest: '',
    size: manifest.length,
  }),
};
const startedMs = performance.now();
const reader = await openFileReader(file);
const archive = await openArchive(reader);
await importArchive(archive, nowhere, { overwriteTags: false, continueOnErrors: false });
await reader.close();
finish({ bytes, ms: performance.now() - startedMs });

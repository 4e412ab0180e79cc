import { type Lookup, lookUpArtifact } from '../../../src/activities/look-up-artifact.ts';
import { OCI_MANIFEST } from '../../../src/oci/media-types.ts';
import type { RegistryClient } from '../../../src/oci/registry-client.ts';

const bytes = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: 'c', digest: `sha256:${'0'.repeat(64)}`, size: 1 },
    layers: [],
  }),
);
const manifest = { bytes, descriptor: { mediaType: OCI_MANIFEST, digest: 'sha256:a', size: bytes.length } };

/** A registry with this digest under every name. */
function registry(digest: string | undefined): RegistryClient {
  const resolve = async () => (digest === undefined ? undefined : { digest, mediaType: 'm' });
  return { resolve, fetchManifest: async () => manifest } as unknown as RegistryClient;
}

function lookup(more: Partial<Lookup>): Lookup {
  const usual = { target: undefined, overwrite: false, force: false, confirmed: {}, tags: new Map() };
  return { source: registry('sha256:a'), ...usual, ...more };
}

describe('lookUpArtifact', () => {
  it.each<[string, Partial<Lookup>, string | null]>([
    ['is in the target', { target: registry('sha256:a') }, 'AlreadyPresent'],
    ['is in the target, and is forced', { target: registry('sha256:a'), force: true }, null],
    ['is another in the target', { target: registry('sha256:b') }, 'Failed'],
    ['is another in the target, and is forced', { target: registry('sha256:b'), force: true }, 'Failed'],
    ['is another in the target, to be overwritten', { target: registry('sha256:b'), overwrite: true }, null],
    ['was confirmed by the other side', { confirmed: { 'a:v1': 'sha256:a' } }, 'AlreadyPresent'],
    ['was confirmed by the other side, and is forced', { confirmed: { 'a:v1': 'sha256:a' }, force: true }, null],
    ['was confirmed as another', { confirmed: { 'a:v1': 'sha256:b' } }, null],
    ['was confirmed, but the target is seen', { target: registry(undefined), confirmed: { 'a:v1': 'sha256:a' } }, null],
    ['is not known to be there', {}, null],
  ])('plans an artifact that %s', async (_, more, outcome) => {
    expect((await lookUpArtifact(lookup(more), 'a:v1')).planned.outcome).toBe(outcome);
  });
});

import { type Lookup, lookUpArtifact } from '../../../../src/activities/resolve/look-up-artifact.ts';
import { OCI_MANIFEST } from '../../../../src/oci/media-types.ts';
import type { RegistryClient } from '../../../../src/oci/registry-client.ts';

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

  const pin = `sha256:${'a'.repeat(64)}`;
  const moved = `sha256:${'b'.repeat(64)}`;

  it.each<[string, Partial<Lookup>, string | null, string | undefined]>([
    ['is that in the source', { source: registry(pin) }, null, undefined],
    ['is another in the source', { source: registry(moved) }, 'Failed', 'TAG_MOVED'],
    ['is gone', { source: registry(undefined) }, 'Failed', 'ARTIFACT_NOT_FOUND'],
    ['is that in both', { source: registry(pin), target: registry(pin) }, 'AlreadyPresent', undefined],
    [
      'has moved, and is in the target',
      { source: registry(moved), target: registry(pin) },
      'AlreadyPresent',
      undefined,
    ],
    ['has moved in both', { source: registry(moved), target: registry(moved) }, 'Failed', 'TAG_MOVED'],
    [
      'has moved, is in the target, and is forced',
      { source: registry(moved), target: registry(pin), force: true },
      'Failed',
      'TAG_MOVED',
    ],
    [
      'has moved, and was confirmed',
      { source: registry(moved), confirmed: { 'a:v1': pin } },
      'AlreadyPresent',
      undefined,
    ],
    ['is another in the target', { source: registry(pin), target: registry(moved) }, 'Failed', 'TAG_EXISTS'],
  ])('plans a tag with its digest that %s', async (_, more, outcome, code) => {
    const listTags = async function* () {};
    const source = { ...(more.source as object), listTags } as unknown as RegistryClient;
    const { planned } = await lookUpArtifact(lookup({ ...more, source }), `a:v1@${pin}`);
    expect(planned).toMatchObject({ artifact: 'a:v1', digest: pin, outcome });
    expect(planned.failure?.code).toBe(code);
    if (code === 'TAG_MOVED') for (const digest of [pin, moved]) expect(planned.failure?.message).toContain(digest);
  });
});

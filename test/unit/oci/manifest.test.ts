import { parseManifest } from '../../../src/oci/manifest.ts';
import { buildArtifact, buildImage, buildIndex, describeBytes } from '../../support/images.ts';

const OCI = 'application/vnd.oci.image.manifest.v1+json';
const blob = describeBytes('application/octet-stream', Buffer.from('x'));
const parse = (mediaType: string, json: unknown) =>
  parseManifest(
    { mediaType, digest: blob.digest },
    Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)),
  );

describe('parseManifest', () => {
  it('finds config and layers of an image', () => {
    const image = buildImage({ seed: 1, layerSizes: [1, 0, 2] });
    const { manifests, blobs } = parseManifest(image.descriptor, image.bytes);
    expect(manifests).toEqual([]);
    expect(blobs.map(({ digest }) => digest)).toEqual([...image.blobs.keys()]);
  });

  it('finds the children of an index, of OCI and of Docker', () => {
    const image = buildImage({ seed: 1, layerSizes: [1] });
    const platform = { architecture: 'arm64', os: 'linux', variant: 'v8' };
    const index = buildIndex([image], [platform]);
    expect(parseManifest(index.descriptor, index.bytes).manifests).toEqual([{ ...image.descriptor, platform }]);
    const docker = 'application/vnd.docker.distribution.manifest.list.v2+json';
    expect(parse(docker, { schemaVersion: 2, manifests: [image.descriptor] }).manifests).toEqual([image.descriptor]);
  });

  it('counts a child of an index that is no manifest as a blob', () => {
    const index = { schemaVersion: 2, manifests: [blob] };
    expect(parse('application/vnd.oci.image.index.v1+json', index)).toEqual({ manifests: [], blobs: [blob] });
  });

  it('leaves the subject out, which is a link and not content', () => {
    const subject = buildImage({ seed: 1, layerSizes: [1] }).descriptor;
    const signature = buildArtifact({
      artifactType: 'application/x.sig',
      blobs: [{ mediaType: 'a/b', bytes: Buffer.from('s') }],
      subject,
    });
    const digests = parseManifest(signature.descriptor, signature.bytes).blobs.map(({ digest }) => digest);
    expect(digests).toEqual([...signature.blobs.keys()]);
  });

  it('reads the artifact manifest of the release candidates, with blobs and without', () => {
    const type = 'application/vnd.oci.artifact.manifest.v1+json';
    expect(parse(type, { mediaType: type, artifactType: 'a/b', blobs: [blob] }).blobs).toEqual([blob]);
    expect(parse(type, { mediaType: type, artifactType: 'a/b' }).blobs).toEqual([]);
  });

  it('names a media type that it does not read', () => {
    const schema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
    expect(() => parse(schema1, {})).toThrow(
      expect.objectContaining({
        class: 'artifact',
        code: 'MANIFEST_UNSUPPORTED',
        message: expect.stringContaining(schema1),
      }),
    );
  });

  it.each([
    ['no JSON', '{', /not JSON/],
    ['another stated type', { mediaType: 'application/vnd.oci.image.index.v1+json', config: blob }, /states/],
    ['no config', { schemaVersion: 2, layers: [] }, /config/],
    ['a negative size', { config: { ...blob, size: -1 } }, /config\.size/],
    ['a size beyond exact numbers', { config: { ...blob, size: 2 ** 60 } }, /config\.size/],
    ['another algorithm', { config: { ...blob, digest: 'md5:00' } }, /algorithm 'md5'/],
    ['a path for a digest', { config: { ...blob, digest: 'sha256:../../x' } }, /not a digest/],
    ['schema version 1', { schemaVersion: 1, config: blob }, /schemaVersion/],
  ])('refuses %s and says what is wrong', (_, json, message) => {
    expect(() => parse(OCI, json)).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID', message: expect.stringMatching(message) }),
    );
  });
});

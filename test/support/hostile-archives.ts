import fc from 'fast-check';
import { digestOf } from '../../src/oci/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../src/oci/media-types.ts';
import { summarized } from './fuzz.ts';
import { buildArtifact, buildImage, buildIndex, type TestImage } from './images.ts';
import { type TestEntry, tarOf } from './tar.ts';

const IMAGE = buildImage({ seed: 1, layerSizes: [700, 3] });
const NESTED = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].reduce<TestImage>((image) => buildIndex([image]), IMAGE);
const SIGNATURE = buildArtifact({ artifactType: 'a/sig', blobs: [{ mediaType: 'a/b', bytes: Buffer.from('signed') }] });
const INDEX = buildIndex([IMAGE, buildImage({ seed: 2, layerSizes: [10] })]);
const IMAGES = [IMAGE, INDEX, SIGNATURE, NESTED];
const NAMES = ['a:v1', 'b/c:v2', 'a:v2', '../a:v1', 'A:v1', 'a:-', '', 'v1', `x${'/y'.repeat(200)}:v1`];
const HUGE_SIZES = [2 ** 32, 8 ** 11 - 1, 8 ** 11, 2 ** 53 - 1];

/** Everything below an image, itself included, as entries of an archive. */
function entriesOf(image: TestImage): TestEntry[] {
  const own = [...image.blobs.values(), image.bytes].map((bytes) => ({ path: pathOf(digestOf(bytes)), bytes }));
  return [...image.children.flatMap(entriesOf), ...own];
}

const pathOf = (digest: string) => `blobs/${digest.replace(':', '/')}`;
const BLOBS = IMAGES.flatMap(entriesOf);
const jsonOf = (value: unknown) => Buffer.from(JSON.stringify(value));

const digests = fc.oneof(
  fc.constantFrom(...IMAGES.map(({ descriptor }) => descriptor.digest), ...IMAGE.blobs.keys()),
  fc.constantFrom('sha256:0', 'md5:00', '', '../x', `sha256:${'A'.repeat(64)}`, `sha512:${'0'.repeat(128)}`),
);
const sizes = fc.oneof(fc.constantFrom(0, 1, -1, 1.5, 2 ** 31, ...HUGE_SIZES), fc.nat(2000));
const descriptors = fc.oneof(
  fc.constantFrom(...IMAGES.map(({ descriptor }) => descriptor)),
  fc.record(
    { mediaType: fc.constantFrom(OCI_MANIFEST, OCI_INDEX, 'a/b', ''), digest: digests, size: sizes },
    { requiredKeys: [] },
  ),
);
const indexEntries = fc.tuple(descriptors, fc.option(fc.constantFrom(...NAMES))).map(([descriptor, name]) => ({
  ...descriptor,
  ...(name === null ? {} : { annotations: { 'org.opencontainers.image.ref.name': name } }),
}));

/** Bytes of an `index.json`: right, wrong in a member, or no JSON at all. */
const indexes = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.array(indexEntries, { maxLength: 4 }).map((manifests) => jsonOf({ schemaVersion: 2, manifests })),
  },
  fc.jsonValue().map(jsonOf),
  fc.constantFrom('{', '[[[[', '\u0000', '{"schemaVersion":2,"manifests":[0,0]}').map((text) => Buffer.from(text)),
);

/** Manifests that hold together in their digest, and state anything. */
const lyingManifests = fc
  .record({ config: descriptors, layers: fc.array(descriptors, { maxLength: 3 }) })
  .map((parts) => jsonOf({ schemaVersion: 2, mediaType: OCI_MANIFEST, ...parts }));

const paxText = fc.constantFrom(
  '11 path=a/b\n',
  '19 path=../../etc/x\n',
  '12 size=999\n',
  '25 size=9007199254740991\n',
  '99999 path=x\n',
  '0 a=b\n',
  '22 GNU.sparse.major=1\n',
  'nonsense',
  '',
);

/** One entry that no writer of good will makes. */
const hostileEntries: fc.Arbitrary<TestEntry> = fc.oneof(
  fc.record({
    path: fc.constantFrom('a', pathOf(digestOf(IMAGE.bytes)), 'index.json'),
    type: fc.constantFrom(...'12346S7Zg\0'),
  }),
  fc.record({
    path: fc.constantFrom('../x', '/etc/passwd', 'a/../b', 'a\\b', '', 'blobs/sha256/../../x', './a', 'ok'),
    bytes: fc.constant(Buffer.from('x')),
  }),
  fc
    .tuple(fc.constantFrom(...'xgLK'), fc.constantFrom(2 ** 17, 5 * 2 ** 20, 2 ** 32))
    .map(([type, statedSizeBytes]) => ({ path: 'h', type, statedSizeBytes })),
  fc.tuple(fc.constantFrom(...'xgLK'), paxText).map(([type, text]) => ({ path: 'h', type, bytes: Buffer.from(text) })),
  fc
    .tuple(fc.constantFrom(...BLOBS), fc.constantFrom(0, 1, 511, 513, 5 * 2 ** 20, 2 ** 32, 8 ** 11 - 1))
    .map(([entry, statedSizeBytes]) => ({ ...entry, statedSizeBytes })),
  fc
    .constantFrom('index.json', 'oci-layout')
    .map((path) => ({ path, bytes: Buffer.from('{}'), statedSizeBytes: 2 ** 32 })),
  fc.constantFrom(...BLOBS),
);

const layouts = fc.oneof(
  { weight: 8, arbitrary: fc.constant('{"imageLayoutVersion":"1.0.0"}') },
  fc.constantFrom('{"imageLayoutVersion":"2.0.0"}', '{}', 'null', ''),
);

/** Archives put together from good and bad entries. */
const assembled = fc
  .record({
    image: fc.constantFrom(...IMAGES),
    drop: fc.option(fc.nat(20)),
    manifests: fc.array(lyingManifests, { maxLength: 2 }),
    hostile: fc.array(hostileEntries, { maxLength: 2 }),
    index: fc.option(indexes),
    layout: layouts,
    at: fc.nat(30),
  })
  .map(({ image, drop, manifests, hostile, index, layout, at }) => {
    const named = (bytes: Buffer, n: number) => ({
      mediaType: OCI_MANIFEST,
      digest: digestOf(bytes),
      size: bytes.length,
      annotations: { 'org.opencontainers.image.ref.name': `lying:v${n}` },
    });
    const top = { ...image.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'good:v1' } };
    const good = [...new Map(entriesOf(image).map((entry) => [entry.path, entry])).values()];
    const entries: TestEntry[] = [
      ...good.filter((_, position) => position !== drop),
      ...manifests.map((bytes) => ({ path: pathOf(digestOf(bytes)), bytes })),
      { path: 'index.json', bytes: index ?? jsonOf({ schemaVersion: 2, manifests: [top, ...manifests.map(named)] }) },
      { path: 'oci-layout', bytes: Buffer.from(layout) },
    ];
    entries.splice(at % (entries.length + 1), 0, ...hostile);
    return tarOf(...entries);
  });

/** A good archive with bytes changed, cut off, taken out or put in. */
const damaged = fc
  .record({
    bytes: assembled,
    flips: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 3 }),
    cut: fc.option(fc.nat()),
    block: fc.option(fc.nat()),
  })
  .map(({ bytes, flips, cut, block }) => {
    let changed = Buffer.from(bytes);
    for (const [place, mask] of flips) changed[place % changed.length] = (changed[place % changed.length] ?? 0) ^ mask;
    if (block !== null) {
      const start = (block % Math.ceil(changed.length / 512)) * 512;
      changed = Buffer.concat([changed.subarray(0, start), changed.subarray(start + 512)]);
    }
    return cut === null ? changed : changed.subarray(0, cut % (changed.length + 1));
  });

/** Archives of all kinds: good ones too, so that a reader which refuses everything is found out. */
export const hostileArchives: fc.Arbitrary<Buffer> = fc
  .oneof({ weight: 3, arbitrary: assembled }, damaged)
  .map(summarized);

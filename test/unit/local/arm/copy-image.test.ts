import { copyImage } from '../../../../local/arm/copy-image.ts';
import { RegistryClient } from '../../../../src/oci/registry-client.ts';
import { passwordTokenSource } from '../../../../src/oci/token-source.ts';
import { buildImage, buildIndex, type TestImage } from '../../../support/images.ts';
import { CREDENTIALS, type MemoryRegistry, startMemoryRegistry } from '../../../support/memory-registry.ts';

let source: MemoryRegistry;
let target: MemoryRegistry;
beforeEach(async () => {
  [source, target] = await Promise.all([startMemoryRegistry(), startMemoryRegistry()]);
});
afterEach(() => Promise.all([source.close(), target.close()]));

function hold(image: TestImage, tag?: string): void {
  const { mediaType, digest } = image.descriptor;
  for (const child of image.children) hold(child);
  for (const [key, bytes] of image.blobs) source.blobs.set(`app@${key}`, bytes);
  for (const name of [`app@${digest}`, ...(tag === undefined ? [] : [`app:${tag}`])]) {
    source.manifests.set(name, { mediaType, bytes: image.bytes });
  }
}

const indexOf = (children: number) =>
  buildIndex(Array.from({ length: children }, (_value, seed) => buildImage({ seed, layerSizes: [10] })));

function copy(targets: { repository: string; tag?: string }[], isForced = false): Promise<void> {
  const clientOf = ({ endpoint }: MemoryRegistry) =>
    new RegistryClient({ endpoint, tokens: passwordTokenSource(CREDENTIALS.username, CREDENTIALS.password) });
  const ends = { source: clientOf(source), target: clientOf(target) };
  return copyImage({ ...ends, repository: 'app', reference: 'v1', targets, isForced }, new AbortController().signal);
}

const written = () => target.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');

describe('copyImage', () => {
  it('takes an image of 50 manifests, its own the last', async () => {
    const image = indexOf(49);
    hold(image, 'v1');
    await copy([{ repository: 'copy', tag: 'one' }]);
    expect(target.manifests.get('copy:one')?.bytes).toEqual(image.bytes);
    expect(written().at(-1)?.url).toBe('/v2/copy/manifests/one');
    expect(target.blobs.size).toBe(98);
  });

  it('writes nothing of one with 51', async () => {
    hold(indexOf(50), 'v1');
    const failure = { code: 'TooManyManifests', message: 'The image has 51 manifests, allowed are 50.' };
    await expect(copy([{ repository: 'copy', tag: 'one' }])).rejects.toMatchObject(failure);
    expect(written()).toEqual([]);
  });

  it('tags nothing unless all below it has arrived', async () => {
    const image = indexOf(2);
    hold(image, 'v1');
    const [lost = ''] = image.children[1]?.blobs.keys() ?? [];
    source.blobs.delete(`app@${lost}`);
    await expect(copy([{ repository: 'copy', tag: 'one' }, { repository: 'copy' }])).rejects.toThrow(lost);
    expect([...target.manifests.keys()]).toEqual([]);
  });
});

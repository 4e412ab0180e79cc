import { OCI_INDEX } from '../../../../src/oci/media-types.ts';
import { buildImage } from '../../../support/images.ts';
import { type MemoryRegistry, startMemoryRegistry } from '../../../support/memory-registry.ts';
import { clientOf, seenBy } from './support.ts';

describe('referrers where the registry does not have their API', () => {
  const { descriptor } = buildImage({ seed: 1, layerSizes: [10] });
  const { digest } = descriptor;
  const tag = digest.replace(':', '-');
  let registry: MemoryRegistry;
  beforeAll(async () => {
    registry = await startMemoryRegistry();
  });
  afterAll(() => registry.close());

  it('are none where nothing is under the tag either', async () => {
    await expect(clientOf(registry).listReferrers('team/app', digest)).resolves.toEqual([]);
    expect(seenBy(registry)).toEqual([`GET /v2/team/app/referrers/${digest}`, `GET /v2/team/app/manifests/${tag}`]);
  });

  it('are those of the index under the tag that is made of the digest', async () => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [descriptor] }));
    await clientOf(registry).putManifest('team/app', tag, OCI_INDEX, bytes);
    await expect(clientOf(registry).listReferrers('team/app', digest)).resolves.toEqual([descriptor]);
  });

  it('are an error where what is under the tag is no index', async () => {
    await clientOf(registry).putManifest('team/app', tag, OCI_INDEX, Buffer.from('{"manifests":[{}]}'));
    await expect(clientOf(registry).listReferrers('team/app', digest)).rejects.toMatchObject({
      code: 'REFERRERS_INVALID',
      message: expect.stringContaining('the answer is not an index'),
    });
  });
});

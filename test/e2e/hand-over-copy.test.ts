import { localRoute } from '../../local/app/environment.ts';
import { receiptNames } from '../../src/domain/receipt/receipt.ts';
import { buildImage, pushImage } from '../support/images.ts';
import { archiveOf, receiptOf, receiptsOf, until } from '../support/receipts.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let cloud: TestStack;

describe("an app that serves the source side and reaches the target's container", () => {
  beforeAll(async () => {
    const { cloud: target, tenantId, credential, container } = localRoute().target;
    cloud = await startTestStack({
      route: { serves: 'source', target: { cloud: target, tenantId, credential, container } },
    });
  });
  afterAll(() => cloud?.stop());

  it('copies archive and receipt there, for whoever imports', async () => {
    await pushImage(cloud.stack.registry('source'), 'h/copied', 'v0', buildImage({ seed: 72, layerSizes: [300_000] }));
    const document = await cloud.transfer(['h/copied:v0'], { id: 'copied' });
    expect(document).toMatchObject({ state: 'HandedOver', counts: { HandedOver: 1 } });
    const archive = archiveOf(document);
    const [exported, copied] = await Promise.all([
      cloud.container('source').properties(archive),
      cloud.container('target').properties(archive),
    ]);
    expect(exported?.contentMd5).toBeDefined();
    expect(copied).toMatchObject({ contentMd5: exported?.contentMd5, sizeBytes: exported?.sizeBytes });
    expect(copied?.metadata).toMatchObject({ category: 'acr-transfer-blob' });
    const [source, target] = await Promise.all([
      receiptOf(cloud, 'source', archive),
      receiptOf(cloud, 'target', archive),
    ]);
    expect(target.text).toBe(source.text);
    expect(target.signature).toBeNull();
    expect(document.batches[0]).toMatchObject({
      copy: { mode: 'server' },
      handover: { archive: `${cloud.route.target.container}/${archive}`, azcopy: null },
    });
  });

  it('deletes what it brought there when it is told to, before the other side has spoken', async () => {
    const archive = archiveOf((await cloud.call('/transfers/copied')).body);
    expect((await cloud.call('/transfers/copied?force=true', { method: 'DELETE' })).status).toBe(202);
    await until(
      () => cloud.call('/transfers/copied'),
      ({ status }) => status === 404,
    );
    for (const side of ['source', 'target'] as const) {
      expect(await cloud.container(side).properties(archive)).toBeUndefined();
      expect(await receiptsOf(cloud, side).read(receiptNames.receipt(archive))).toBeUndefined();
    }
  });
});

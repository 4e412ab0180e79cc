import { BlobServiceClient } from '@azure/storage-blob';
import { planSubscriptions, readBlobsKey } from '../../local/app/subscribe.ts';
import { APP_IDENTITY, containerIdOf } from '../../local/names.ts';
import { type Drops, dropsOf } from '../support/drops.ts';
import { buildImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

/** Every event comes twice, late, and in another order than the blobs. */
const disturbance = { duplicateRate: 1, maxDelayMs: 400, seed: 20_261_123 };

describe('events of blobs that land', () => {
  let cloud: TestStack;
  let drops: Drops;
  let archive: Buffer;

  beforeAll(async () => {
    cloud = await startTestStack({ events: { disturbance, retryScale: 0.02 } });
    drops = dropsOf(cloud);
    archive = await drops.exportArchive('e/image', buildImage({ seed: 32, layerSizes: [20_000] }));
  });
  afterAll(() => cloud?.stop());

  /** Everything that was told before has had its turn when a blob that is told last has been looked at. */
  async function settle(blob: string): Promise<void> {
    await drops.untilDelivered();
    await drops.tell(blob);
    await drops.untilSeen(blob);
  }

  it('that come twice, late and out of order import each blob once', async () => {
    const blobs = Array.from({ length: 6 }, (_, index) => `burst${index}.tar`);
    for (const blob of blobs) await drops.drop(blob, archive);
    const reports = await Promise.all(blobs.map((blob) => drops.reportOf(blob)));
    expect(reports.map(({ state }) => state)).toEqual(blobs.map(() => 'Succeeded'));
    for (const blob of blobs) await settle(blob);
    for (const [index, blob] of blobs.entries()) {
      expect(await drops.importRunsOf(blob)).toEqual([reports[index]?.run]);
    }
    expect((await drops.reports()).length).toBe(blobs.length);
  });

  it('of a blob in a folder import it by its whole name', async () => {
    await drops.drop('by/folder/in.tar', archive);
    expect(await drops.reportOf('by/folder/in.tar')).toMatchObject({ state: 'Succeeded' });
  });

  it('of blobs that are gone or empty import nothing', async () => {
    await drops.drop('empty.tar', Buffer.alloc(0));
    expect(await drops.tell('never-was.tar')).toBe(202);
    await drops.drop('after.tar', archive);
    await drops.reportOf('after.tar');
    await settle('after.tar');
    const named = (await drops.reports()).map(({ archive: { name } }) => name);
    expect(named.filter((name) => ['empty.tar', 'never-was.tar'].includes(name))).toEqual([]);
  });

  it('are not lost when the host is killed between event and import', async () => {
    await drops.drop('killed.tar', archive);
    process.kill(cloud.stack.host.pid, 'SIGKILL');
    const report = await drops.reportOf('killed.tar');
    expect(report).toMatchObject({ state: 'Succeeded' });
    await settle('killed.tar');
    expect(await drops.importRunsOf('killed.tar')).toEqual([report.run]);
  });

  /** Drops a blob while the subscription names a function that does not exist, and has it right again afterwards. */
  async function dropUnheard(blob: string): Promise<void> {
    const { url } = cloud.stack.endpoints.functions;
    const { masterKey } = cloud.stack.certificates.secrets;
    const [right] = planSubscriptions(cloud.route, { url, blobsKey: await readBlobsKey({ url, masterKey }) });
    if (right === undefined) throw new Error('the route needs no subscription');
    await cloud.stack.cloud.subscribe({ ...right, endpointUrl: right.endpointUrl.replace('importBlob_', 'import_') });
    await drops.drop(blob, archive);
    await drops.untilDelivered();
    await cloud.stack.cloud.subscribe(right);
  }

  /** Once a later blob has been imported, that one is still as it was dropped. */
  async function expectUntouched(blob: string, later: string): Promise<void> {
    await drops.drop(later, archive);
    await drops.reportOf(later);
    await settle(later);
    expect(await drops.importRunsOf(blob)).toEqual([]);
    expect((await cloud.container('target').properties(blob))?.metadata).toEqual({ category: 'acr-transfer-blob' });
  }

  it('are lost without a word where the subscription names a function that does not exist', async () => {
    await dropUnheard('lost.tar');
    await expectUntouched('lost.tar', 'heard.tar');
  });

  it('in another container import nothing of the same name in this one', async () => {
    await dropUnheard('namesake.tar');
    const token = cloud.operator.token('https://storage.azure.com');
    const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }) };
    const elsewhere = new BlobServiceClient('https://tgtstore.blob.target.test', credential).getContainerClient('else');
    await elsewhere.create();
    await elsewhere.uploadBlockBlob('namesake.tar', archive, archive.length);
    // Without the right to see it, the host would not hand it over.
    const scope = containerIdOf('tgtstore', 'else');
    await cloud.operator.assign('target', APP_IDENTITY.objectId, 'Storage Blob Data Reader', scope);
    expect(await drops.tell('namesake.tar', elsewhere.url)).toBe(202);
    await expectUntouched('namesake.tar', 'last.tar');
    expect(await cloud.hostLog()).not.toContain("'else/namesake.tar' is poison");
  });

  it('do not come for a subscription whose endpoint does not prove itself', async () => {
    const { url } = cloud.stack.endpoints.functions;
    const [wrong] = planSubscriptions(cloud.route, { url, blobsKey: 'wrong' });
    if (wrong === undefined) throw new Error('the route needs no subscription');
    const refused = cloud.stack.cloud.subscribe({ ...wrong, name: 'refused' });
    await expect(refused).rejects.toThrow(/refused: .*\/runtime\/webhooks\/blobs answered the handshake with 401/);
    await expect(refused).rejects.not.toThrow(/code=/);
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { planSubscriptions, readBlobsKey } from '../../local/app/subscribe.ts';
import { APP_IDENTITY, containerIdOf } from '../../local/names.ts';
import { drop, exportArchive, importRunsOf, importsOf, listImports, reconcile } from '../support/archives.ts';
import { tell, untilDelivered } from '../support/events.ts';
import { buildImage } from '../support/images.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

/** Every event comes twice, late, and in another order than the blobs. */
const disturbance = { duplicateRate: 1, maxDelayMs: 400, seed: 20_261_123 };

describe('events of blobs that land', () => {
  let cloud: TestStack;
  let archive: Buffer;

  beforeAll(async () => {
    cloud = await startTestStack({ events: { disturbance, retryScale: 0.02 } });
    const image = buildImage({ seed: 32, layerSizes: [20_000] });
    archive = await exportArchive(cloud, { repository: 'e/image', blob: 'image.tar', image });
  });
  afterAll(() => cloud?.stop());

  let markers = 0;
  /** Everything that was told before has had its turn when a blob that lands last has been imported. */
  async function settle(): Promise<void> {
    await untilDelivered(cloud);
    const marker = `marker-${markers++}.tar`;
    await drop(cloud, marker, archive);
    await importsOf(cloud, marker);
  }

  /** The names of the runs of a blob's only import, which must have succeeded. */
  async function runsOfImport(blob: string): Promise<string[]> {
    const [imported, ...others] = await importsOf(cloud, blob);
    expect(others).toEqual([]);
    expect(imported).toMatchObject({ state: 'Succeeded', trigger: 'event' });
    return imported?.runs.map(({ run }) => run) ?? [];
  }

  it('that come twice, late and out of order import each blob once', async () => {
    const blobs = Array.from({ length: 6 }, (_, index) => `burst${index}.tar`);
    for (const blob of blobs) await drop(cloud, blob, archive);
    const runs = await Promise.all(blobs.map(runsOfImport));
    await settle();
    for (const [index, blob] of blobs.entries()) {
      expect(await importRunsOf(cloud, blob)).toEqual(runs[index]);
      expect(await runsOfImport(blob)).toHaveLength(1);
    }
  });

  it('of a blob in a folder import it by its whole name', async () => {
    await drop(cloud, 'by/folder/in.tar', archive);
    expect(await runsOfImport('by/folder/in.tar')).toHaveLength(1);
  });

  it('of blobs that are gone or empty import nothing', async () => {
    await cloud.container('target').writeText('empty.tar', '');
    expect(await tell(cloud, 'never-was.tar')).toBe(202);
    await settle();
    const named = (await listImports(cloud)).map(({ archive: { name } }) => name);
    expect(named.filter((name) => ['empty.tar', 'never-was.tar'].includes(name))).toEqual([]);
  });

  it('are not lost when the host is killed between event and import', async () => {
    await drop(cloud, 'killed.tar', archive);
    const { pid } = cloud.stack.host;
    process.kill(pid, 'SIGKILL');
    while (cloud.stack.host.pid === pid) await sleep(20);
    const runs = await runsOfImport('killed.tar');
    await settle();
    expect(await importRunsOf(cloud, 'killed.tar')).toEqual(runs);
  });

  /** Drops a blob while the subscription names a function that does not exist, and has it right again afterwards. */
  async function dropUnheard(blob: string): Promise<void> {
    const { url } = cloud.stack.endpoints.functions;
    const { masterKey } = cloud.stack.certificates.secrets;
    const [right] = planSubscriptions(cloud.route, { url, blobsKey: await readBlobsKey({ url, masterKey }) });
    if (right === undefined) throw new Error('the route needs no subscription');
    await cloud.stack.cloud.subscribe({ ...right, endpointUrl: right.endpointUrl.replace('importBlob_', 'import_') });
    await drop(cloud, blob, archive);
    await untilDelivered(cloud);
    await cloud.stack.cloud.subscribe(right);
  }

  /** Once later blobs have been imported, that one is still as it was dropped. */
  async function expectUntouched(blob: string): Promise<void> {
    await settle();
    expect(await importRunsOf(cloud, blob)).toEqual([]);
    expect((await cloud.container('target').properties(blob))?.metadata).toEqual({ category: 'acr-transfer-blob' });
  }

  it('are lost without a word where the subscription names a function that does not exist', async () => {
    await dropUnheard('lost.tar');
    await expectUntouched('lost.tar');
  });

  it('that were lost are made up for by the reconciling timer, once', async () => {
    await reconcile(cloud);
    const [found, ...others] = await importsOf(cloud, 'lost.tar');
    expect(others).toEqual([]);
    expect(found).toMatchObject({ state: 'Succeeded', trigger: 'reconcile', by: 'app' });
    await reconcile(cloud);
    expect(await importRunsOf(cloud, 'lost.tar')).toEqual(found?.runs.map(({ run }) => run));
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
    expect(await tell(cloud, 'namesake.tar', elsewhere.url)).toBe(202);
    await expectUntouched('namesake.tar');
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

import { setTimeout as sleep } from 'node:timers/promises';
import { drop, exportArchive, importRunsOf, importsOf, listImports, reconcile } from './archives.ts';
import { putPipeline } from './arm.ts';
import { buildImage } from './images.ts';
import { startTestStack, type TestStack } from './stack.ts';

const image = buildImage({ seed: 31, layerSizes: [50_000] });

/** What holds of a blob that lands, whoever tells of it. A file of its own for each source: a test has one stack. */
export function describeAutoImport(source: 'EventGrid' | 'LogsAndContainerScan'): void {
  describe(`a blob that lands in the target container, by ${source}`, () => {
    let cloud: TestStack;
    beforeAll(async () => {
      cloud = await startTestStack({ settings: { BLOB_TRIGGER_SOURCE: source } });
    });
    afterAll(() => cloud?.stop());

    it('is claimed, imported once and reported with its digests', async () => {
      const bytes = await exportArchive(cloud, { repository: 'd/first', blob: 'dropped.tar', image });
      await drop(cloud, 'dropped.tar', bytes);
      const [report] = await importsOf(cloud, 'dropped.tar');
      expect(report).toMatchObject({
        state: 'Succeeded',
        trigger: 'event',
        by: 'app',
        archive: { name: 'dropped.tar', bytes: bytes.length },
        receipt: { state: 'none' },
        artifacts: [{ artifact: 'd/first:v1', digest: image.descriptor.digest, outcome: 'Transferred' }],
        error: null,
      });
      const found = await cloud.stack.registry('target').resolve('d/first', 'v1');
      expect(found?.digest).toBe(image.descriptor.digest);
      const blob = await cloud.container('target').properties('dropped.tar');
      expect(Object.keys(blob?.metadata ?? {})).toEqual(['acrtransferimport']);
      expect(blob?.metadata.acrtransferimport).toContain(report?.id);
      // The claim changed the blob's ETag: what looks like a blob that landed anew must not be imported again.
      await reconcile(cloud);
      expect(await importRunsOf(cloud, 'dropped.tar')).toEqual(report?.runs.map(({ run }) => run));
      expect(await listImports(cloud)).toHaveLength(1);
    });

    it('is imported again when it is overwritten by a new archive', async () => {
      const bytes = await exportArchive(cloud, { repository: 'd/again', blob: 'again.tar', image });
      await drop(cloud, 'again.tar', bytes);
      await importsOf(cloud, 'again.tar');
      await drop(cloud, 'again.tar', bytes);
      const both = await importsOf(cloud, 'again.tar', 2);
      expect(both.map(({ state }) => state)).toEqual(['Succeeded', 'Succeeded']);
      expect(await importRunsOf(cloud, 'again.tar')).toHaveLength(2);
    });

    it('that is cut short ends as Failed, with the run and its own words', async () => {
      const bytes = await exportArchive(cloud, { repository: 'd/cut', blob: 'cut.tar', image });
      await drop(cloud, 'cut.tar', bytes.subarray(0, bytes.length - 20_000));
      const [report] = await importsOf(cloud, 'cut.tar');
      expect(report).toMatchObject({ state: 'Failed', error: { class: 'service', code: 'RUN_FAILED' } });
      expect(report?.error?.message).toContain(report?.runs[0]?.run ?? 'no run');
      expect(await cloud.stack.registry('target').resolve('d/cut', 'v1')).toBeUndefined();
    });

    it('in a folder, or without what the trigger of ACR looks for, is imported and told so', async () => {
      const bytes = await exportArchive(cloud, { repository: 'd/folder', blob: 'folder.tar', image });
      await drop(cloud, 'in/a/folder.tar', bytes, {});
      const [report] = await importsOf(cloud, 'in/a/folder.tar');
      expect(report).toMatchObject({ state: 'Succeeded', by: 'app' });
      expect(report?.reason).toContain('no metadata category');
    });

    it('is no archive: without bytes, or by its name, and is imported by nobody', async () => {
      const container = cloud.container('target');
      await container.writeText('empty.tar', '');
      await container.writeText('some.tar.receipt.json', '{}');
      await reconcile(cloud);
      const ignored = await listImports(cloud, `&state=Ignored&route=${cloud.route.name}`);
      expect(ignored.map(({ archive, reason }) => [archive.name, reason])).toEqual([
        ['empty.tar', expect.stringContaining('no bytes')],
        ['some.tar.receipt.json', expect.stringContaining('name')],
      ]);
      expect((await listImports(cloud)).map(({ archive }) => archive.name)).not.toContain('empty.tar');
    });

    it('is left alone where the source trigger of the pipeline is Disabled, and imported once it is Enabled', async () => {
      const options = { options: ['OverwriteTags', 'ContinueOnErrors'], trigger: 'Disabled' } as const;
      await putPipeline(cloud, 'target', cloud.route.target.importPipeline, options);
      // The app may have read the status up to 30 s ago; right before the claim it reads it again.
      await drop(cloud, 'off.tar', await exportArchive(cloud, { repository: 'd/off', blob: 'off.tar', image }));
      const ignoredNow = `&state=Ignored&route=${cloud.route.name}`;
      while (!(await listImports(cloud, ignoredNow)).some(({ archive }) => archive.name === 'off.tar'))
        await sleep(100);
      await reconcile(cloud);
      expect(await importRunsOf(cloud, 'off.tar')).toEqual([]);
      expect((await cloud.container('target').properties('off.tar'))?.metadata).toEqual({
        category: 'acr-transfer-blob',
      });
      await putPipeline(cloud, 'target', cloud.route.target.importPipeline, { ...options, trigger: 'Enabled' });
      await reconcile(cloud);
      const [report] = await importsOf(cloud, 'off.tar');
      expect(report).toMatchObject({ state: 'Succeeded', trigger: 'reconcile' });
    });
  });
}

import { putPipeline } from './arm.ts';
import { type Drops, dropsOf } from './drops.ts';
import { buildImage } from './images.ts';
import { startTestStack, type TestStack } from './stack.ts';

const image = buildImage({ seed: 31, layerSizes: [50_000] });

/** What holds of a blob that lands, whoever tells of it. A file of its own for each source: a test has one stack. */
export function describeAutoImport(source: 'EventGrid' | 'LogsAndContainerScan'): void {
  describe(`a blob that lands in the target container, by ${source}`, () => {
    let cloud: TestStack;
    let drops: Drops;

    beforeAll(async () => {
      cloud = await startTestStack({ settings: { BLOB_TRIGGER_SOURCE: source } });
      drops = dropsOf(cloud);
    });
    afterAll(() => cloud?.stop());

    it('is claimed, imported once and reported with its digests', async () => {
      await drops.drop('dropped.tar', await drops.exportArchive('d/first', image));
      const report = await drops.reportOf('dropped.tar');
      expect(report).toMatchObject({
        state: 'Succeeded',
        artifacts: [{ artifact: 'd/first:v1', digest: image.descriptor.digest }],
      });
      const found = await cloud.stack.registry('target').resolve('d/first', 'v1');
      expect(found?.digest).toBe(image.descriptor.digest);
      const blob = await cloud.container('target').properties('dropped.tar');
      expect(blob?.metadata).toEqual({ acrtransferimport: report.id });
      // The claim changed the blob's ETag: seen once more, by the poller or an event that came twice, it must not be
      // imported again.
      if (source === 'EventGrid') expect(await drops.tell('dropped.tar')).toBe(202);
      await drops.untilSeen('dropped.tar');
      expect(await drops.importRunsOf('dropped.tar')).toEqual([report.run]);
      expect(await drops.reports()).toHaveLength(1);
    });

    it('is imported again when it is overwritten by a new archive', async () => {
      const bytes = await drops.exportArchive('d/again', image);
      await drops.drop('again.tar', bytes);
      const first = await drops.reportOf('again.tar');
      await drops.drop('again.tar', bytes);
      while ((await drops.importRunsOf('again.tar')).length < 2) await new Promise((done) => setTimeout(done, 100));
      expect(first.state).toBe('Succeeded');
    });

    it('that is cut short ends as Failed, with the run and its own words', async () => {
      const bytes = await drops.exportArchive('d/cut', image);
      await drops.drop('cut.tar', bytes.subarray(0, bytes.length - 20_000));
      const report = await drops.reportOf('cut.tar');
      expect(report).toMatchObject({ state: 'Failed', error: { class: 'service', code: 'RUN_FAILED' } });
      expect(report.error?.message).toContain(report.run ?? 'no run');
      expect(await cloud.stack.registry('target').resolve('d/cut', 'v1')).toBeUndefined();
    });

    it('is left alone where the source trigger of the pipeline is Disabled', async () => {
      const options = { options: ['OverwriteTags', 'ContinueOnErrors'], trigger: 'Disabled' } as const;
      await putPipeline(cloud, 'target', cloud.route.target.importPipeline, options);
      await drops.drop('ignored.tar', await drops.exportArchive('d/ignored', image));
      await drops.untilSeen('ignored.tar');
      expect(await drops.importRunsOf('ignored.tar')).toEqual([]);
      expect((await cloud.container('target').properties('ignored.tar'))?.metadata).toEqual({
        category: 'acr-transfer-blob',
      });
      await putPipeline(cloud, 'target', cloud.route.target.importPipeline, { ...options, trigger: 'Enabled' });
    });
  });
}
